import CoreTestSupport
import Revoada
import Testing

@Suite(.timeLimit(.minutes(10)))
struct RateLimiterTests {
  @Test func aBurstGoesThroughAtOnceAndTheRestAtTheRate() async throws {
    try await simulated {
      let limiter = RateLimiter(rate: 100, per: .seconds(1), burst: 10)
      for index in 0..<30 {
        try await limiter.acquire()
        let due = Duration.milliseconds(max(0, (index - 9) * 10))
        #expect(Simulation.elapsed >= due && Simulation.elapsed < due + .milliseconds(1))
      }
      #expect(!limiter.tryAcquire())
    }
  }

  @Test func whatIsLateIsMadeUpFor() async throws {
    // Ticks of 16 µs would cost a rate of 50,000 a second a third of its tokens.
    try await Simulation().run {
      let limiter = RateLimiter(rate: 50_000, burst: 1)
      for _ in 0..<5_000 { try await limiter.acquire() }
      #expect(Simulation.elapsed > .milliseconds(99) && Simulation.elapsed < .milliseconds(101))
    }
  }

  @Test func tryAcquireTakesWhatIsThereAndNothingElse() async throws {
    try await Simulation().run {
      let limiter = RateLimiter(rate: 1, per: .seconds(60), burst: 3)
      #expect(limiter.available == 3)
      #expect(limiter.tryAcquire(2))
      #expect(!limiter.tryAcquire(2))
      #expect(limiter.tryAcquire())
      #expect(!limiter.tryAcquire())
      #expect(limiter.tryAcquire(0))
      try await sleep(for: .seconds(61))
      #expect(limiter.available == 1)
      #expect(limiter.tryAcquire() && !limiter.tryAcquire())
    }
  }

  @Test func waitersAreServedInOrderWhateverTheirSize() async throws {
    try await simulated {
      let (limiter, order) = (RateLimiter(rate: 10, burst: 5), Recorder<Int>())
      #expect(limiter.tryAcquire(5))
      for count in [4, 1, 5] {
        spawn {
          try await limiter.acquire(count)
          order.add(count)
        }
        try await settle()
      }
      #expect(!limiter.tryAcquire())
      try await sleep(for: .milliseconds(399))
      #expect(order.values == [])
      try await sleep(for: .milliseconds(2))
      #expect(order.values == [4])
      try await sleep(for: .milliseconds(100))
      #expect(order.values == [4, 1])
      try await sleep(for: .milliseconds(500))
      #expect(order.values == [4, 1, 5])
      #expect(limiter.stats.waiting == 0 && limiter.stats.granted == 15)
    }
  }

  @Test(arguments: Home.allCases) func acancelledHeadLetsTheNextInAsIfItHadNeverBeen(home: Home) async throws
  {
    try await simulated {
      let limiter = RateLimiter(rate: 10, burst: 10)
      #expect(limiter.tryAcquire(10))
      let next = spawn {
        try await sleep(for: .microseconds(50))
        try await limiter.acquire(1)
        return Simulation.elapsed
      }
      let ended = try await home.cancelling { try await limiter.acquire(10) }
      #expect(ended.isCancellation)
      let elapsed = try await next.value
      #expect(elapsed >= .milliseconds(100) && elapsed < .milliseconds(102))
      #expect(limiter.stats.cancelled == 10 && limiter.stats.waiting == 0)
    }
  }

  @Test(arguments: Home.allCases) func servedThenCancelledKeepsItsTokens(home: Home) async throws {
    try await simulated {
      let limiter = RateLimiter(rate: 1, burst: 1)
      let blocker = try limiter.reserve()
      let served = try await home.cancelling(after: { blocker.cancel() }) { try await limiter.acquire() }
      #expect(throws: Never.self) { try served.get() }
      #expect(limiter.stats.granted == 2 && limiter.stats.refunded == 1)
      #expect(!limiter.tryAcquire())
    }
  }

  @Test func aReservationKnowsItsTimeAndGivesBackExactly() async throws {
    try await simulated {
      let limiter = RateLimiter(rate: 10, burst: 2)
      let first = try limiter.reserve(2)
      #expect(first.delay == .zero)
      let second = try limiter.reserve(2)
      #expect(second.delay == .milliseconds(200))
      let third = try limiter.reserve(1)
      #expect(third.delay == .milliseconds(300))
      second.cancel()
      second.cancel()
      await #expect(throws: ReservationGivenUp.self) { try await second.wait() }
      try await third.wait()
      #expect(Simulation.elapsed >= .milliseconds(100) && Simulation.elapsed < .milliseconds(101))
      first.cancel()  // not used after all
      #expect(limiter.available == 2)
      let ledger = limiter.stats
      #expect(ledger.granted == 3 && ledger.refunded == 2 && ledger.cancelled == 2 && ledger.waiting == 0)
    }
  }

  @Test(arguments: Home.allCases) func aCancelledWaitLeavesTheReservation(home: Home) async throws {
    try await simulated {
      let limiter = RateLimiter(rate: 1, burst: 1)
      #expect(limiter.tryAcquire())
      let reservation = try limiter.reserve()
      let ended = try await home.cancelling { try await reservation.wait() }
      #expect(ended.isCancellation)
      try await reservation.wait()
      #expect(Simulation.elapsed >= .seconds(1))
    }
  }

  @Test func aWindowLetsAtMostItsLimitThroughInAnySpan() async throws {
    try await simulated {
      let limiter = RateLimiter(limit: 3, window: .seconds(1))
      var times: [Duration] = []
      for index in 0..<12 {
        if index == 2 { try await sleep(for: .milliseconds(700)) }
        try await limiter.acquire()
        times.append(Simulation.elapsed)
      }
      for index in 3..<times.count { #expect(times[index] - times[index - 3] >= .seconds(1)) }
      #expect(times.last.map { $0 < .milliseconds(3_800) } == true)
    }
  }

  @Test func aWindowTakesBackWhatWasReserved() async throws {
    try await Simulation().run {
      let limiter = RateLimiter(limit: 3, window: .seconds(1))
      let reservation = try limiter.reserve(3)
      #expect(try limiter.reserve(1).delay == .seconds(1))
      #expect(try limiter.reserve(3).delay == .seconds(2))
      reservation.cancel()
      #expect(limiter.stats.granted == 4 && limiter.stats.waiting == 3)
    }
  }

  @Test func aRequestBeyondTheBurstFailsAtOnce() async {
    let limiter = RateLimiter(name: "api", rate: 1, burst: 3)
    let error = await #expect(throws: RateRequestTooLarge.self) { try await limiter.acquire(4) }
    #expect(error?.requested == 4 && error?.limit == 3 && error?.name == "api")
    #expect(!limiter.tryAcquire(4))
    #expect(throws: RateRequestTooLarge.self) { try limiter.reserve(.max) }
    await #expect(throws: InvalidSetting.self) { try await limiter.acquire(-1) }
    #expect(!limiter.tryAcquire(-1))
    #expect(limiter.available == 3)
  }

  @Test(arguments: [
    RateLimiter(rate: 0, burst: 1), RateLimiter(rate: -1, burst: 1), RateLimiter(rate: .nan, burst: 1),
    RateLimiter(rate: .infinity), RateLimiter(rate: .nan), RateLimiter(rate: 1, per: .zero, burst: 1),
    RateLimiter(rate: 1, per: .seconds(-1)), RateLimiter(rate: 1, burst: 0),
    RateLimiter(rate: 1, burst: .min),
    RateLimiter(rate: 1, burst: .max), RateLimiter(rate: 1e-9, per: .seconds(Int64.max), burst: 9),
    RateLimiter(limit: 0, window: .seconds(1)), RateLimiter(limit: 1, window: .zero),
    RateLimiter(limit: 1, window: .seconds(-1)),
  ]) func wrongSettingsLetNothingThrough(limiter: RateLimiter) async {
    #expect(throws: InvalidSetting.self) { try limiter.validate() }
    #expect(!limiter.tryAcquire())
    await #expect(throws: InvalidSetting.self) { try await limiter.acquire() }
    #expect(throws: InvalidSetting.self) { try limiter.acquireBlocking() }
    #expect(limiter.available == 0)
  }

  @Test func extremeSettingsDoNotOverflow() async throws {
    try await Simulation().run {
      let slow = RateLimiter(rate: 1, per: .seconds(8_000_000_000), burst: 1)
      #expect(slow.tryAcquire() && !slow.tryAcquire())
      #expect(try slow.reserve().delay > .seconds(1_000_000))
      let fast = RateLimiter(rate: 1e9, per: .nanoseconds(1), burst: 1_000_000_000)
      for _ in 0..<3 { try await fast.acquire(1_000_000_000) }
      let odd = RateLimiter(rate: 0.123456789, per: .milliseconds(1), burst: 1_000_000)
      for _ in 0..<3 { _ = try odd.reserve(1_000_000) }
      #expect(Simulation.elapsed < .seconds(1))
    }
  }

  @Test func plainThreadsTakePartByBlocking() async throws {
    let limiter = RateLimiter(rate: 1_000, burst: 1)
    #expect(await onThread { (0..<5).allSatisfy { _ in (try? limiter.acquireBlocking()) != nil } })
    #expect(limiter.stats.granted == 5)
  }
}
