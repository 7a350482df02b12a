import CoreTestSupport
@testable import RevoadaResilience
import Testing

/// The arithmetic alone, with injected time.
struct TokenBucketTests {
  @Test func threeASecondAreExactlyThreeASecond() {
    // With room for two, nothing is lost to the rounding of times.
    var bucket = TokenBucket(tokens: 3, inNanoseconds: 1_000_000_000, burst: 2)
    _ = bucket.take(2, now: 0)
    for taken in 1...86_400 * 3 {
      let now = bucket.ready(1)
      if !bucket.take(1, now: now) || bucket.ready(1) <= now { Issue.record("too early at \(now)") }
      if taken % 30_000 == 0 { #expect(now == Int64(taken / 3) * 1_000_000_000) }
    }
  }

  @Test func timeThatGoesBackwardBringsNothing() {
    var bucket = TokenBucket(tokens: 1, inNanoseconds: 10, burst: 2)
    let taken = [(2, 1_000), (1, 500), (1, 1_009), (1, 1_010), (1, 0)].map { count, now in
      bucket.take(count, now: now)
    }
    #expect(taken == [true, false, false, true, false])
  }

  @Test(arguments: 0..<20) func itAgreesWithABucketOfRealTokens(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let (per, burst) = (Int64.random(in: 1...7, using: &generator), Int.random(in: 1...9, using: &generator))
    var bucket = TokenBucket(tokens: 1, inNanoseconds: Int128(per), burst: burst)
    // The model: a level in nanoseconds' worth of tokens, refilled at each step.
    var (level, time) = (Int64(burst) * per, Int64(0))
    for _ in 0..<2_000 {
      let step = Int64.random(in: 0...10, using: &generator)
      time += step
      level = min(Int64(burst) * per, level + step)
      let count = Int.random(in: 0...burst, using: &generator)
      let fits = level >= Int64(count) * per
      #expect(bucket.available(now: time) == Int(level / per))
      let taken = bucket.take(count, now: time)
      #expect(taken == fits)
      if fits { level -= Int64(count) * per }
      #expect(bucket.timeToFull(bucket.fullAt, now: time) == Int64(burst) * per - level)
      if fits, step % 3 == 0 {
        bucket.refund(count)
        level += Int64(count) * per
      }
      let missing = max(0, Int64(burst) * per - level)
      #expect(max(time, bucket.ready(burst)) == time + missing)
    }
  }

  @Test(arguments: 0..<20) func aWindowAgreesWithAListOfTimes(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let (length, limit) = (
      Int64.random(in: 1...50, using: &generator), Int.random(in: 1...9, using: &generator)
    )
    var window = SlidingWindow(limit: limit, length: length)
    var (times, time) = ([Int64](), Int64(0))
    for _ in 0..<2_000 {
      time += Int64.random(in: 0...10, using: &generator)
      times.removeAll { time - $0 >= length }
      let count = Int.random(in: 1...limit, using: &generator)
      #expect(window.available(now: time) == limit - times.count)
      let taken = window.take(count, now: time)
      #expect(taken == (times.count + count <= limit))
      if taken {
        times += Array(repeating: time, count: count)
      } else {
        let due = times[times.count + count - limit - 1] + length
        #expect(window.ready(count) == due)
      }
      if taken, Bool.random(using: &generator) {
        window.refund(1, takenAt: time)
        times.removeLast()
      }
    }
  }
}
