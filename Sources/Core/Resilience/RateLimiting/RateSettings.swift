import RevoadaScheduling

/// Checks the settings of limiters and turns them into what does the arithmetic.
enum RateSettings {
  /// A bucket for `rate` tokens each `per`; one that lets nothing through if the settings are wrong.
  ///
  /// - Parameter burst: nil for what `per` brings, at least 1.
  static func bucket(
    _ subject: String, _ name: String?, rate: Double, per: Duration, burst: Int?
  ) -> (TokenBucket, InvalidSetting?) {
    var check = SettingsCheck(subject, name)
    check.require(rate >= 1e-9 && rate <= 1e9, "rate", rate, "a number from 1e-9 to 1e9")
    check.require(per > .zero, "per", per, "more than zero")
    let burst = burst ?? (rate.isFinite ? max(1, Int(min(rate, 1e9).rounded(.up))) : 1)
    check.require(burst >= 1 && burst <= 1_000_000_000, "burst", burst, "from 1 to 1000000000")
    if check.fault == nil {
      let years = Double(per.nanoseconds) / rate * Double(burst)
      check.require(years < 9e18, "burst", burst, "what the rate brings within 285 years")
    }
    if let fault = check.fault { return (.closed, fault) }
    let (tokens, scale) = wholeNumber(rate)
    return (TokenBucket(tokens: tokens, inNanoseconds: Int128(per.nanoseconds) * scale, burst: burst), nil)
  }

  static func window(
    _ subject: String, _ name: String?, limit: Int, length: Duration
  ) -> (SlidingWindow, InvalidSetting?) {
    var check = SettingsCheck(subject, name)
    check.require(limit >= 1 && limit <= 1_000_000_000, "limit", limit, "from 1 to 1000000000")
    check.require(length > .zero, "window", length, "more than zero")
    let isRight = check.fault == nil
    return (SlidingWindow(limit: isRight ? limit : 0, length: max(1, length.nanoseconds)), check.fault)
  }

  /// A rate such as 0.1 as 1 in 10: exact for up to nine decimals.
  private static func wholeNumber(_ rate: Double) -> (Int128, scale: Int128) {
    var (scaled, scale) = (rate, 1.0)
    while scaled != scaled.rounded(), scale < 1e9 {
      scale *= 10
      scaled = rate * scale
    }
    return (max(1, Int128(scaled.rounded())), Int128(scale))
  }
}

extension TokenBucket {
  /// Lets nothing through.
  static let closed = TokenBucket(tokens: 1, inNanoseconds: 1, burst: 0)
}

/// What a limiter counts by.
struct RateMeter: Sendable {
  var bucket: TokenBucket
  /// If there is one, it counts and the bucket does not.
  var window: SlidingWindow?

  /// The most that can be taken at once.
  var largest: Int { window?.limit ?? bucket.burst }

  mutating func take(_ count: Int, now: Int64) -> Bool {
    window == nil ? bucket.take(count, now: now) : window!.take(count, now: now)
  }
  func ready(_ count: Int) -> Int64 { window?.ready(count) ?? bucket.ready(count) }
  mutating func serve(_ count: Int, now: Int64) -> Int64 {
    window == nil ? bucket.serve(count, now: now) : window!.serve(count, now: now)
  }
  mutating func refund(_ count: Int, takenAt time: Int64) {
    if window == nil { bucket.refund(count) } else { window!.refund(count, takenAt: time) }
  }
  func available(now: Int64) -> Int { window?.available(now: now) ?? bucket.available(now: now) }
}
