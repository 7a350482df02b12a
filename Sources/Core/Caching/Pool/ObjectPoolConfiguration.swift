import RevoadaScheduling

/// Everything that can be chosen about an ``ObjectPool``.
public struct ObjectPoolConfiguration: Sendable, Equatable {
  /// When objects are validated.
  public struct Validation: OptionSet, Sendable {
    /// The bits.
    public let rawValue: Int
    /// Creates a set from its bits.
    public init(rawValue: Int) { self.rawValue = rawValue }
    /// Before an idle object is handed out.
    public static let onBorrow = Self(rawValue: 1)
    /// When an object comes back, in the background.
    public static let onReturn = Self(rawValue: 2)
  }

  /// The name in errors, metrics and logs.
  public var name: String
  /// Below so many objects, idle ones are not destroyed for their idleness, and destroyed ones are replaced.
  public var min = 0
  /// The largest number of objects at any time, those being created and destroyed included.
  public var max: Int
  /// The largest number of idle objects; nil for no limit but ``max``.
  public var maxIdle: Int?
  /// The age at which an object is destroyed, once it is not borrowed; nil for never.
  public var maxLifetime: Duration?
  /// How long an object may be idle before it is destroyed; nil for ever.
  public var maxIdleTime: Duration?
  /// How long a borrower waits; nil for as long as it takes.
  public var timeout: Duration?
  /// How many borrowers may wait; nil for no limit.
  public var maxWaiters: Int?
  /// An object that is borrowed for longer is reported in the log, with the place where it was borrowed; nil for never.
  public var leakWarning: Duration?
  /// When objects are validated, if the pool has a validation; before they are handed out by default.
  public var validation: Validation = .onBorrow

  /// A configuration with a limit.
  public init(name: String = "objects", max: Int) {
    self.name = name
    self.max = max
  }

  /// Checks that every choice makes sense.
  public func validate() throws(InvalidSetting) {
    var check = SettingsCheck("object pool", name)
    check.require(max >= 1, "max", max, "at least 1")
    check.require(min >= 0 && min <= max, "min", min, "from 0 to max (\(max))")
    if let maxIdle { check.require(maxIdle >= min, "maxIdle", maxIdle, "at least min (\(min))") }
    if let maxWaiters { check.require(maxWaiters >= 0, "maxWaiters", maxWaiters, "at least 0") }
    for (setting, duration) in [
      ("maxLifetime", maxLifetime), ("maxIdleTime", maxIdleTime), ("timeout", timeout),
      ("leakWarning", leakWarning),
    ] {
      guard let duration else { continue }
      check.require(duration > .zero, setting, duration, "longer than zero")
    }
    try check.end()
  }
}

/// What goes wrong between an ``ObjectPool`` and its users.
public enum ObjectPoolError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The pool has been closed.
  case closed(pool: String)
  /// No object became free in time.
  case timedOut(pool: String, limit: Duration)
  /// Too many others wait already.
  case full(pool: String, waiters: Int)
  /// The object has been given back before, or discarded: it is somebody else's now.
  case alreadyReleased(pool: String)

  /// A sentence for people.
  public var description: String {
    switch self {
    case .closed(let pool): "the object pool \(pool) is closed"
    case .timedOut(let pool, let limit): "timeout: no object of the pool \(pool) became free within \(limit)"
    case .full(let pool, let waiters): "the object pool \(pool) is full: \(waiters) borrowers wait already"
    case .alreadyReleased(let pool):
      "release of an object of the pool \(pool) that has been released already"
    }
  }
}
