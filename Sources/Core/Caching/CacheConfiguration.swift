import RevoadaScheduling

/// Everything that can be chosen about a cache.
///
/// ```swift
/// var configuration = CacheConfiguration<String, User?>(name: "users", ttl: .seconds(60))
/// configuration.maxEntries = 10_000
/// configuration.refreshAfter = .seconds(45)
/// configuration.negative = .nilAnswers(for: .seconds(5))
/// ```
public struct CacheConfiguration<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  /// The name in metrics and logs.
  public var name: String?
  /// How long a value is fresh, from when it was stored; nil for ever.
  public var ttl: Duration?
  /// The number of entries beyond which some are evicted; nil for no limit.
  public var maxEntries: Int?
  /// The sum of weights beyond which entries are evicted, in place of ``maxEntries``; needs ``weigher``.
  public var maxWeight: Int?
  /// The weight of an entry, computed when it is stored; less than zero counts as zero. Without one, each entry weighs 1.
  public var weigher: (@Sendable (Key, Value) -> Int)?
  /// Answers that are kept for a shorter time: "there is none", some errors.
  public var negative: NegativeCaching<Value>?
  /// Refresh-ahead: the age from which a hit starts a load in the background. It is served the old value meanwhile.
  public var refreshAfter: Duration?
  /// Stale-while-revalidate: for how long after ``ttl`` the old value is still served while it is loaded anew.
  public var staleFor: Duration?
  /// How much of each time to live is drawn at random, from 0 to 1: 0.1 takes up to a tenth off, so that entries stored
  /// together are not loaded together again.
  public var jitter: Double = 0
  /// Whether a load goes on, and its value is stored, when all its callers have been cancelled. Otherwise it is cancelled with the last.
  public var keepsAbandonedLoads = false

  /// A configuration with the most common choices.
  public init(name: String? = nil, ttl: Duration? = nil, maxEntries: Int? = nil) {
    self.name = name
    self.ttl = ttl
    self.maxEntries = maxEntries
  }

  /// Checks that every choice makes sense.
  public func validate() throws(InvalidSetting) {
    var check = SettingsCheck("cache", name)
    for (setting, duration) in [
      ("ttl", ttl), ("refreshAfter", refreshAfter), ("staleFor", staleFor), ("negative.ttl", negative?.ttl),
    ] {
      guard let duration else { continue }
      check.require(duration > .zero, setting, duration, "longer than zero")
    }
    for (setting, count) in [("maxEntries", maxEntries), ("maxWeight", maxWeight)] {
      guard let count else { continue }
      check.require(count >= 1, setting, count, "at least 1")
    }
    check.require((0...1).contains(jitter), "jitter", jitter, "from 0 to 1")
    if let maxWeight {
      check.require(weigher != nil, "weigher", "nil", "given with maxWeight (\(maxWeight))")
      if let maxEntries {
        check.require(false, "maxEntries", maxEntries, "nil with maxWeight (\(maxWeight))")
      }
    }
    try check.end()
  }

  /// The largest sum of weights; `Int.max` for no limit.
  var limit: Int { min(maxWeight ?? maxEntries ?? .max, maxWeight == nil ? .max : 1 << 60) }

  /// The weight of an answer; a negative error weighs 1.
  func weight(_ key: Key, _ result: Result<Value, any Error>) -> Int {
    guard let weigher, case .success(let value) = result else { return 1 }
    return max(0, weigher(key, value))
  }

  /// How long an answer that is stored now will live.
  /// - Parameters:
  ///   - ttl: instead of the configured times.
  ///   - random: from 0 to 1, for the jitter.
  func term(now: Int64, ttl override: Duration?, isNegative: Bool, random: Double) -> CacheTerm {
    let shortened = 1 - (jitter > 0 ? min(1, jitter) * random : 0)
    func later(_ duration: Duration?) -> Int64 {
      guard let nanoseconds = duration?.nanoseconds else { return .max }
      if nanoseconds == .max { return .max }
      return now.addingClamped(shortened == 1 ? nanoseconds : Int64(Double(nanoseconds) * shortened))
    }
    if let override { return CacheTerm(until: later(override)) }
    if isNegative { return CacheTerm(until: later(negative?.ttl)) }
    let fresh = later(ttl)
    let expires = staleFor.map { fresh.addingClamped(max(0, $0.nanoseconds)) } ?? fresh
    return CacheTerm(attention: min(later(refreshAfter), fresh), expires: expires)
  }
}

extension CacheTerm {
  /// Served until then, and not refreshed.
  init(until expires: Int64) { self.init(attention: expires, expires: expires) }
}

extension Int64 {
  fileprivate func addingClamped(_ other: Int64) -> Int64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }
}
