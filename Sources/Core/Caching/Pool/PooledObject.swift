import RevoadaScheduling
import Synchronization

/// An object borrowed from an ``ObjectPool``, until ``release()`` or ``discard()``.
///
/// A handle that is dropped without either has leaked its object: nobody can say in which state it is, so it is
/// destroyed, and the log names the place where it was borrowed.
public final class PooledObject<Object: Sendable>: Sendable {
  private let pool: ObjectPool<Object>
  private let entry: ObjectPoolState<Object>.Entry
  private let ticket: Int
  private let isReleased = Atomic<Bool>(false)

  init(pool: ObjectPool<Object>, entry: ObjectPoolState<Object>.Entry, ticket: Int) {
    self.pool = pool
    self.entry = entry
    self.ticket = ticket
  }
  deinit {
    if !isReleased.load(ordering: .acquiring) { pool.end(ticket, entry, .leaked) }
  }

  /// The object.
  /// - Throws: ``ObjectPoolError/alreadyReleased(pool:)``: it may be somebody else's now.
  public var object: Object {
    get throws(ObjectPoolError) {
      if isReleased.load(ordering: .acquiring) { throw .alreadyReleased(pool: pool.name) }
      return entry.object
    }
  }

  /// Gives the object back. Does not suspend: what is to be validated or destroyed is so in the background.
  /// - Throws: ``ObjectPoolError/alreadyReleased(pool:)``, and then nothing happens.
  public func release() throws(ObjectPoolError) { try end(.returned) }

  /// Has the object destroyed instead: it is broken.
  /// - Throws: ``ObjectPoolError/alreadyReleased(pool:)``, and then nothing happens.
  public func discard() throws(ObjectPoolError) { try end(.discarded) }

  private func end(_ ending: LoanEnding) throws(ObjectPoolError) {
    if isReleased.exchange(true, ordering: .acquiringAndReleasing) {
      throw .alreadyReleased(pool: pool.name)
    }
    pool.end(ticket, entry, ending)
  }
}

/// How a loan ends.
enum LoanEnding { case returned, discarded, leaked }
