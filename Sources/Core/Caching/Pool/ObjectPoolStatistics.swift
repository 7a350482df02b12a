/// What an ``ObjectPool`` has and has done; a snapshot.
///
/// The ledger always balances: ``created`` = ``idle`` + ``borrowed`` + ``destroyed``.
public struct ObjectPoolStatistics: Sendable, Equatable {
  /// Objects created since the pool was made.
  public var created = 0
  /// Objects waiting to be borrowed.
  public var idle = 0
  /// Objects with a borrower, those being validated included.
  public var borrowed = 0
  /// Objects given up since the pool was made, whether or not their destruction has ended.
  public var destroyed = 0
  /// Objects being created.
  public var creating = 0
  /// Objects whose destruction has not ended; they count towards the maximum.
  public var closing = 0
  /// Borrowers waiting.
  public var waiting = 0
  /// Loans since the pool was made.
  public var loans = 0
  /// Borrowers that did not get an object in time.
  public var timeouts = 0
  /// Objects whose handle was dropped without a release.
  public var leaked = 0
  /// Warnings about objects that were borrowed for too long.
  public var leakWarnings = 0
  /// Creations that threw.
  public var createFailures = 0
  /// Destructions that threw.
  public var destroyFailures = 0
  /// Objects that were found invalid.
  public var validationFailures = 0
}
