/// The arithmetic of a token bucket, in whole numbers: `burst` tokens fit in, and they drip in at a rate.
///
/// Kept as one number, the time at which the bucket will be full again: the *theoretical arrival time* of the Generic Cell
/// Rate Algorithm (ITU-T I.371). Times are counted in units so fine that a token takes a whole number of them, so nothing is
/// ever rounded: 3 tokens a second are 3 tokens a second after a year.
@usableFromInline
struct TokenBucket: Sendable {
  /// The most tokens there are.
  let burst: Int
  /// Units of time that one token takes.
  private let perToken: Int128
  /// Units of time in a nanosecond.
  private let perNanosecond: Int128
  /// The state; the lowest number for a bucket that is full.
  @usableFromInline var fullAt: Int128 = .min
  /// The latest time seen: the clock may not go backward.
  private var latest = Int64.min

  /// How much later than it was due a waiter may be served without loss: timers are not exact.
  private static let grace: Int64 = 1_000_000

  /// A full bucket. The arguments have been checked, see ``RateSettings``.
  init(tokens: Int128, inNanoseconds nanoseconds: Int128, burst: Int) {
    let divisor = gcd(tokens, nanoseconds)
    perNanosecond = tokens / divisor
    perToken = nanoseconds / divisor
    self.burst = burst
  }

  private mutating func units(_ now: Int64) -> Int128 {
    latest = max(latest, now)
    return Int128(latest) * perNanosecond
  }

  private var room: Int128 { Int128(burst) * perToken }

  /// Takes tokens if they are there.
  @usableFromInline
  mutating func take(_ count: Int, now: Int64) -> Bool {
    let present = units(now)
    let full = max(fullAt, present) + Int128(count) * perToken
    if full - present > room { return false }
    fullAt = full
    return true
  }

  /// When `count` tokens will be there; more than `burst` are counted as they drip.
  func ready(_ count: Int) -> Int64 {
    if fullAt == .min { return .min }
    // Only a queue of absurd length overflows.
    let (span, overflow) = Int128(count).multipliedReportingOverflow(by: perToken)
    let (due, late) = (fullAt - room).addingReportingOverflow(span)
    if overflow || late { return .max }
    return Int64(clamping: due > 0 ? (due - 1) / perNanosecond + 1 : due / perNanosecond)
  }

  /// Takes tokens for one who has waited until they were there, if late then as if in time.
  /// - Returns: the time as of which they were taken.
  mutating func serve(_ count: Int, now: Int64) -> Int64 {
    fullAt = max(fullAt, units(now) - Int128(Self.grace) * perNanosecond) + Int128(count) * perToken
    return now
  }

  /// Puts back tokens that were taken and not used: as if they had never been taken.
  mutating func refund(_ count: Int) { fullAt -= Int128(count) * perToken }

  /// The whole tokens that are there.
  @usableFromInline
  func available(now: Int64) -> Int {
    if fullAt == .min { return burst }
    let missing = max(0, fullAt - Int128(max(latest, now)) * perNanosecond)
    return Int(max(0, room - missing) / perToken)
  }

  /// How long until a bucket in state `fullAt` is full, in nanoseconds; 0 if it is as good as new.
  @usableFromInline
  func timeToFull(_ fullAt: Int128, now: Int64) -> Int64 {
    let missing = fullAt - Int128(max(latest, now)) * perNanosecond
    return fullAt == .min || missing <= 0 ? 0 : Int64(clamping: (missing - 1) / perNanosecond + 1)
  }
}

private func gcd(_ first: Int128, _ second: Int128) -> Int128 {
  var (a, b) = (first, second)
  while b != 0 { (a, b) = (b, a % b) }
  return a
}
