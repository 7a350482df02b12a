import RevoadaScheduling

/// How many of the calls that a breaker looks at failed, and how many were slow.
struct BreakerTally: Sendable, Equatable {
  var calls = 0
  var failures = 0
  var slow = 0

  static func += (left: inout BreakerTally, right: BreakerTally) {
    left.calls += right.calls
    left.failures += right.failures
    left.slow += right.slow
  }
  static func -= (left: inout BreakerTally, right: BreakerTally) {
    left.calls -= right.calls
    left.failures -= right.failures
    left.slow -= right.slow
  }
}

/// The calls that a breaker looks at: a ring of tallies, one for each call of a count window, one for each tenth of a
/// time window. (As in resilience4j.)
struct BreakerWindow: Sendable {
  private(set) var total = BreakerTally()
  private var ring: [BreakerTally]
  /// Where the next call goes, or the present tenth.
  private var position = 0
  /// The length of a tenth; nil for a window of calls.
  private let slice: Int64?
  /// The number of the present tenth, since the clock's beginning.
  private var present: Int64 = 0

  private static let slices = 10

  /// The last `calls`.
  init(calls: Int) {
    ring = Array(repeating: BreakerTally(), count: calls)
    slice = nil
  }

  /// The last `duration` nanoseconds.
  init(duration: Int64) {
    ring = Array(repeating: BreakerTally(), count: Self.slices)
    slice = max(1, duration / Int64(Self.slices))
  }

  mutating func record(_ tally: BreakerTally, now: Int64) {
    if let slice {
      advance(to: now / slice)
      ring[position] += tally
    } else {
      total -= ring[position]
      ring[position] = tally
      position = position + 1 == ring.count ? 0 : position + 1
    }
    total += tally
  }

  /// Forgets what is older than the window; a clock that goes backward changes nothing.
  private mutating func advance(to number: Int64) {
    if number <= present { return }
    for _ in 0..<min(number - present, Int64(ring.count)) {
      position = position + 1 == ring.count ? 0 : position + 1
      total -= ring[position]
      ring[position] = BreakerTally()
    }
    present = number
  }

  mutating func reset() {
    for index in ring.indices { ring[index] = BreakerTally() }
    total = BreakerTally()
  }
}
