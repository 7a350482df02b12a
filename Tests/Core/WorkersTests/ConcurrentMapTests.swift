import CoreTestSupport
import Revoada
import Testing

@Suite(.timeLimit(.minutes(10)))
struct ConcurrentMapTests {
  struct Broken: Error, Equatable { let input: Int }

  @Test func seedPeriodsInOneCall() async throws {
    try await simulated {
      let (running, peak, tries) = (AtomicInteger(), Recorder<Int>(), Recorder<Int>())
      let outcomes = try await (1...12).concurrentMap(
        limit: 5, retry: .exponential(attempts: 4, initial: .milliseconds(1)), timeout: .seconds(2),
        deadline: .seconds(5)
      ) { month in
        peak.add(running.add(1))
        defer { running.add(-1) }
        try await sleep(for: .milliseconds(20))
        tries.add(month)
        if month == 5, tries.values.count(where: { $0 == 5 }) < 3 { throw Broken(input: 5) }
        if month == 9 { throw Broken(input: 9) }
        return "2025-\(month)"
      }
      #expect(peak.values.max() == 5)
      #expect(outcomes.map(\.input) == Array(1...12))
      #expect(outcomes[0].value == "2025-1" && outcomes[11].value == "2025-12")
      #expect(outcomes[4].attempts == 3 && outcomes[4].value == "2025-5")
      #expect(outcomes[8].attempts == 4 && outcomes[8].error as? Broken == Broken(input: 9))
      #expect(outcomes.allSatisfy { $0.duration >= .milliseconds(20) * $0.attempts })
      #expect(Set(outcomes.map(\.id)).count == 12)
    }
  }

  @Test func outcomesCanComeAsTheyEnd() async throws {
    try await simulated {
      let outcomes = try await [30, 10, 20].concurrentMap(limit: 3, ordered: false) { number in
        try await sleep(for: .milliseconds(number))
      }
      #expect(outcomes.map(\.input) == [10, 20, 30])
      #expect(outcomes.allSatisfy { $0.attempts == 1 })
    }
  }

  @Test func anElementThatTakesTooLongFailsAlone() async throws {
    try await simulated {
      let outcomes = try await [1, 1000, 2].concurrentMap(limit: 3, timeout: .milliseconds(100)) { number in
        try await sleep(for: .milliseconds(number))
        return number
      }
      #expect(outcomes[0].value == 1 && outcomes[2].value == 2)
      #expect(outcomes[1].error as? TimedOut == TimedOut(limit: .milliseconds(100)))
      #expect(outcomes[1].attempts == 1)
      #expect(isAbout(.milliseconds(100)))
    }
  }

  @Test func theDeadlineEndsEverythingAndStartsNothing() async throws {
    try await simulated {
      let started = AtomicInteger()
      let outcomes = try await (0..<10).concurrentMap(limit: 2, deadline: .milliseconds(250)) { number in
        started.add(1)
        try await sleep(for: .milliseconds(100))
        return number
      }
      #expect(isAbout(.milliseconds(250)))
      #expect(outcomes.map(\.value) == [0, 1, 2, 3, nil, nil, nil, nil, nil, nil])
      #expect(started.load() == 6)
      #expect(outcomes[4...].allSatisfy { $0.error as? TimedOut == TimedOut(limit: .milliseconds(250)) })
      #expect(outcomes.map(\.attempts) == [1, 1, 1, 1, 1, 1, 0, 0, 0, 0])
    }
  }

  @Test func noAttemptStartsThatTheDeadlineCannotCover() async throws {
    try await simulated {
      let outcomes = try await [1].concurrentMap(
        retry: .constant(attempts: 10, delay: .milliseconds(100)), deadline: .milliseconds(250)
      ) { number -> Int in throw Broken(input: number) }
      // The third pause would end after the deadline: the error is known at once.
      #expect(outcomes[0].attempts == 3 && outcomes[0].error as? Broken == Broken(input: 1))
      #expect(isAbout(.milliseconds(200)))
    }
  }

  @Test func aDeadlineThatIsOverStartsNothing() async throws {
    try await simulated {
      let outcomes = try await [1, 2].concurrentMap(deadline: .seconds(-1)) { $0 }
      #expect(outcomes.map(\.attempts) == [0, 0] && outcomes.allSatisfy { $0.error is TimedOut })
    }
  }

  @Test func attemptsPassTheBreaker() async throws {
    try await simulated {
      let breaker = CircuitBreaker(name: "sales", threshold: 3, openFor: .seconds(30), halfOpenProbes: 1)
      let outcomes = try await (0..<10).concurrentMap(limit: 1, breaker: breaker) { number -> Int in
        throw Broken(input: number)
      }
      #expect(outcomes.count { $0.error is Broken } == 3)
      #expect(outcomes[3...].allSatisfy { !($0.error is Broken) })
      #expect(breaker.state == .open)
    }
  }

  @Test func whatTheCacheKnowsCostsNoAttempt() async throws {
    try await simulated {
      let calls = Recorder<Int>()
      let cache = CoalescingCache<Int, Int>(ttl: .seconds(60)) { _ in -1 }
      cache.set(1, 100)
      let work: @Sendable (Int) async throws -> Int = { number in
        calls.add(number)
        try await sleep(for: .milliseconds(1))
        if number == 3 { throw Broken(input: 3) }
        return number * 2
      }
      let first = try await [1, 2, 2, 3].concurrentMap(
        limit: 4, retry: .constant(attempts: 2, delay: .milliseconds(1)), cache: cache, work)
      #expect(first.map(\.value) == [100, 4, 4, nil])
      #expect(first[0].attempts == 0 && first[1].attempts + first[2].attempts == 1 && first[3].attempts == 2)
      #expect(calls.values.sorted() == [2, 3, 3])
      let again = try await [1, 2].concurrentMap(cache: cache, work)
      #expect(again.map(\.attempts) == [0, 0] && again.map(\.value) == [100, 4])
    }
  }

  @Test(arguments: Home.allCases) func aCancelledMapCancelsItsElements(home: Home) async throws {
    try await simulated {
      let cancelled = AtomicInteger()
      let result = try await home.cancelling {
        try await (0..<10).concurrentMap(limit: 4) { _ in
          do { try await sleep(for: .seconds(10)) } catch {
            cancelled.add(1)
            throw error
          }
        }
      }
      #expect(result.isCancellation)
      #expect(cancelled.load() == 4 && Simulation.elapsed < .seconds(1))
    }
  }

  @Test func parametersThatMakeNoSenseAreRefused() async {
    await #expect(throws: InvalidSetting.self) { _ = try await [1].concurrentMap(limit: 0) { $0 } }
    await #expect(throws: InvalidSetting.self) { _ = try await [1].concurrentMap(timeout: .zero) { $0 } }
    await #expect(throws: InvalidSetting.self) {
      _ = try await [1].concurrentMap(retry: .exponential(attempts: 0)) { $0 }
    }
    await #expect(throws: InvalidSetting.self) {
      _ = try await Channel<Int>().concurrentMap(limit: 0) { $0 }.makeAsyncIterator().first()
    }
  }

  @Test func emptyAndHugeAreFine() async throws {
    try await simulated(seeds: 0..<1) {
      #expect(try await [Int]().concurrentMap { $0 }.isEmpty)
      let outcomes = try await [1].concurrentMap(
        limit: .max, timeout: .seconds(Int64.max), deadline: .seconds(Int64.max)
      ) { $0 }
      #expect(outcomes[0].value == 1)
    }
  }

  @Test(arguments: [true, false]) func aStreamOfElementsBecomesAStreamOfOutcomes(ordered: Bool) async throws {
    try await simulated {
      let jobs = Channel<Int>(capacity: 4)
      let (running, peak) = (AtomicInteger(), Recorder<Int>())
      spawn {
        for number in 0..<50 { try await jobs.send(number) }
        jobs.close()
      }
      let outcomes = jobs.concurrentMap(
        limit: 4, ordered: ordered, retry: .constant(attempts: 2, delay: .milliseconds(1))
      ) { number in
        peak.add(running.add(1))
        defer { running.add(-1) }
        try await sleep(for: .milliseconds((number * 7) % 5))
        if number == 30 { throw Broken(input: number) }
        return number * 2
      }
      var inputs: [Int] = []
      for try await outcome in outcomes {
        inputs.append(outcome.input)
        if outcome.input == 30 {
          #expect(outcome.attempts == 2 && outcome.error is Broken)
        } else {
          #expect(outcome.value == outcome.input * 2)
        }
      }
      #expect(ordered ? inputs == Array(0..<50) : inputs.sorted() == Array(0..<50))
      #expect(peak.values.max() == 4)
    }
  }

  @Test(arguments: [true, false]) func anErrorOfTheSourceComesAfterTheOutcomes(ordered: Bool) async throws {
    try await simulated {
      let source = AsyncThrowingStream<Int, any Error> { continuation in
        for number in 0..<3 { continuation.yield(number) }
        continuation.finish(throwing: Broken(input: 3))
      }
      let outcomes = source.concurrentMap(limit: 2, ordered: ordered) { $0 }
      var count = 0
      await #expect(throws: Broken.self) { for try await _ in outcomes { count += 1 } }
      #expect(count == 3)
    }
  }

  @Test func aReleasedStreamStopsItsWork() async throws {
    try await simulated {
      let (jobs, cancelled) = (Channel<Int>(), AtomicInteger())
      let sender = spawn { for number in 0..<100 { try await jobs.send(number) } }
      var outcomes: OutcomeStream<Int, Void>? = jobs.concurrentMap(limit: 3) { _ in
        do { try await sleep(for: .seconds(100)) } catch {
          cancelled.add(1)
          throw error
        }
      }
      try await settle()
      #expect(outcomes != nil)
      outcomes = nil
      try await settle()
      #expect(cancelled.load() == 3 && Simulation.elapsed < .seconds(1))
      sender.cancel()
    }
  }
}

extension AsyncIteratorProtocol {
  /// The first element, from an iterator that nobody else uses.
  consuming func first() async throws -> Element? {
    var iterator = self
    return try await iterator.next()
  }
}
