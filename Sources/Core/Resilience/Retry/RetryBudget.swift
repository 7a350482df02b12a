import RevoadaScheduling

/// What many operations together may spend on retries, so that a failing service is not buried under them.
///
/// ```swift
/// let budget = RetryBudget(ratio: 0.1, reserve: 10)          // one budget for each service that is called
/// let policy = RetryPolicy.exponential(attempts: 4).drawing(from: budget)
/// ```
///
/// Each first attempt pays in `ratio` of a retry, each retry takes one out; at most `reserve` retries are saved up, and that
/// is what there is at the start. In the long run retries are therefore at most `ratio` of the operations. (The retry
/// budget of Finagle and Linkerd.) Exact: it counts in millionths.
public final class RetryBudget: @unchecked Sendable {  // `saved` is protected by `lock`
  private static let unit = 1_000_000
  private let lock = Lock()
  private var saved: Int
  private let share: Int
  private let full: Int
  private let fault: InvalidSetting?

  /// Creates a budget that is full.
  ///
  /// - Parameters:
  ///   - ratio: retries for each operation, from 0 to 1000.
  ///   - reserve: how many retries can be saved up, from 0 to a million.
  public init(ratio: Double = 0.1, reserve: Int = 10) {
    var check = SettingsCheck("retry budget")
    check.require(ratio >= 0 && ratio <= 1000, "ratio", ratio, "a number from 0 to 1000")
    check.require(reserve >= 0 && reserve <= 1_000_000, "reserve", reserve, "from 0 to 1000000")
    fault = check.fault
    share = fault == nil ? Int(ratio * Double(Self.unit)) : 0
    full = fault == nil ? reserve * Self.unit : 0
    saved = full
  }

  /// How many retries could be made now.
  public var available: Int { lock.withLock { saved / Self.unit } }

  /// Finds a setting that the budget cannot work with.
  public func validate() throws(InvalidSetting) { if let fault { throw fault } }

  /// Counts a first attempt.
  func deposit() { lock.withLock { saved = min(full, saved + share) } }

  /// Takes a retry; false if there is none.
  func withdraw() -> Bool {
    lock.withLock {
      if saved < Self.unit { return false }
      saved -= Self.unit
      return true
    }
  }
}
