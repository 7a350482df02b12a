import CoreTestSupport
import Revoada
import Testing

@Suite(.timeLimit(.minutes(10)))
struct PipelineTests {
  // MARK: Elements

  @Test func everyElementPassesEveryStageOnce() async throws {
    try await simulated {
      let pipeline = Pipeline(from: feed(1...100))
        .stage("double", workers: 3) { $0 * 2 }
        .stage("text", workers: 2, buffer: 0) { String($0) }
      let read = try await pipeline.results.collected()
      #expect(read.compactMap { Int($0) }.sorted() == (1...100).map { $0 * 2 })
      let ledger = pipeline.metrics.ledger
      #expect(ledger.taken == 100 && ledger.emitted == 100 && ledger.inside == 0)
    }
  }

  @Test func sequencesAndAsyncSequencesAreSources() async throws {
    try await simulated {
      let numbers = Pipeline(from: 1...).stage("square") { $0 * $0 }
      var read: [Int] = []
      for try await number in numbers.results {
        read.append(number)
        if read.count == 3 { break }
      }
      #expect(read == [1, 4, 9])

      let stream = AsyncStream { continuation in
        for letter in ["a", "b"] { continuation.yield(letter) }
        continuation.finish()
      }
      let value23 = try await Pipeline(from: stream).stage("x") { $0 + "x" }.results.collected()
      #expect(value23 == ["ax", "bx"])
      // A pipeline's results feed the next.
      let inner = Pipeline(from: [3, 4]).stage("half") { Double($0) / 2 }
      let value24 = try await Pipeline(from: inner.results).stage("same") { $0 }.results.collected()
      #expect(value24 == [1.5, 2])
    }
  }

  @Test func aPipelineWithoutStagesPassesElementsOn() async throws {
    try await simulated {
      let value25 = try await Pipeline(from: feed([1, 2])).results.collected()
      #expect(value25 == [1, 2])
      let value26 = try await Pipeline(from: [1, 2]).results.collected()
      #expect(value26 == [1, 2])
      let value27 = try await Pipeline(from: feed([Int]())).stage("none") { $0 }.results.collected()
      #expect(value27 == [])
    }
  }

  @Test func optionalElementsAreElements() async throws {
    try await simulated {
      let read = try await Pipeline(from: feed([1, nil, 3])).stage("same", workers: 2, ordered: true) { $0 }
        .results.collected()
      #expect(read == [1, nil, 3])
    }
  }

  @Test func stagesFilterAndMultiply() async throws {
    try await simulated {
      let pipeline = Pipeline(from: 1...6)
        .filter("even") { $0 % 2 == 0 }
        .compactMap("not four") { $0 == 4 ? nil : $0 }
        .flatMap("repeat") { Array(repeating: $0, count: $0 - 2) }
      let value28 = try await pipeline.results.collected()
      #expect(value28 == [6, 6, 6, 6])
      let ledger = pipeline.metrics.ledger
      #expect(ledger.taken == 6 && ledger.filtered == 5 && ledger.created == 3 && ledger.emitted == 4)
      #expect(ledger.isBalanced && ledger.inside == 0)
    }
  }

  @Test func nothingIsTakenBeforeSomebodyReads() async throws {
    try await simulated {
      let source = filled(1...3)
      let pipeline = Pipeline(from: source).stage("same") { $0 }
      try await settle()
      #expect(source.count == 3 && pipeline.metrics.ledger.taken == 0)
      pipeline.start()
      try await settle()
      #expect(source.count == 0 && pipeline.metrics.ledger.inside == 3)
    }
  }

  @Test func aReaderWhoIsLateHoldsEverythingUp() async throws {
    try await simulated {
      let pipeline = Pipeline(from: 1...).stage("a", workers: 2, buffer: 3) { $0 }.stage("b", buffer: 4) {
        $0
      }
      pipeline.start()
      try await settle()
      // 16 between the source and the first stage, one in the source's hand; 3 after the first and 4 after the second
      // stage, and as many in the hands of each worker at most.
      let ledger = pipeline.metrics.ledger
      #expect(ledger.taken <= 17 + 3 * 3 + 4 * 2 && ledger.taken > 17 + 3 + 4)
      #expect(ledger.inside == ledger.taken)
      let suspending = Pipeline(from: 1...).stage("a", workers: 2, buffer: 3) { number in
        await Task.yield()
        return number
      }
      suspending.start()
      try await settle()
      #expect(suspending.metrics.ledger.inside == 17 + 3 + 2)
    }
  }

  @Test func severalReadersShareTheResults() async throws {
    try await simulated {
      let pipeline = Pipeline(from: 1...50).stage("same", workers: 2) { $0 }
      let results = pipeline.results
      let readers = (0..<3).map { _ in spawn { try await results.collected() } }
      var read: [Int] = []
      for reader in readers { read += try await reader.value }
      #expect(read.sorted() == Array(1...50))
    }
  }

  // MARK: Errors

  @Test func anErrorNamesItsStageAndCarriesTheElement() async throws {
    try await simulated {
      let pipeline = Pipeline(from: feed(1...10))
        .stage("double", workers: 2) { try failing($0, if: $0 % 3 == 0) * 2 }
        .stage("shift") { try failing($0, if: $0 == 8) + 10 }
      let errors = pipeline.errors
      let failures = spawn { try await errors.collected() }
      let value29 = try await pipeline.results.collected().sorted()
      #expect(value29 == [12, 14, 20, 24, 26, 30])
      let found = try await failures.value
      #expect(found.filter { $0.stage == "double" }.compactMap { $0.element as? Int }.sorted() == [3, 6, 9])
      let shift = try #require(found.first { $0.stage == "shift" })
      #expect(shift.element as? Int == 8 && shift.error as? Broken == Broken(8) && shift.attempts == 1)
      #expect(shift.description == "stage 'shift' failed on 8: broken 8")
      let metrics = pipeline.metrics
      #expect(
        metrics.ledger.failed == 4 && metrics["double"]?.failed == 3 && metrics["double"]?.processed == 7)
    }
  }

  @Test func nobodyHasToReadTheErrors() async throws {
    try await simulated {
      let undelivered = Undelivered()
      let pipeline = Pipeline(from: 1...10, errorBuffer: 3, onUndelivered: undelivered.callback)
        .stage("fail") { number -> Int in throw Broken(number) }
      let value30 = try await pipeline.results.collected()
      #expect(value30 == [])
      #expect(undelivered.elements() == Array(1...7))
      #expect(pipeline.metrics.unreadErrors == 7 && pipeline.metrics.ledger.failed == 10)
      // The newest are still there.
      let errors = try await pipeline.errors.collected()
      #expect(errors.compactMap { $0.element as? Int } == [8, 9, 10])
    }
  }

  @Test func errorsThatNobodyWillReadAreHandedOver() async throws {
    try await simulated {
      let undelivered = Undelivered()
      do {
        let pipeline = Pipeline(from: 1...4, onUndelivered: undelivered.callback)
          .stage("odd") { try failing($0, if: $0 % 2 == 0) }
        try await pipeline.run()
      }
      try await settle()
      #expect(undelivered.elements() == [2, 4])
      for element in undelivered.all {
        guard case .unreadError = element.reason else { return #expect(Bool(false), "\(element.reason)") }
      }
    }
  }

  @Test func failuresCanBeDropped() async throws {
    try await simulated {
      let undelivered = Undelivered()
      let pipeline = Pipeline(from: 1...5, onUndelivered: undelivered.callback)
        .stage("odd", onError: .drop) { try failing($0, if: $0 % 2 == 0) }
      let value31 = try await pipeline.results.collected()
      #expect(value31 == [1, 3, 5])
      #expect(undelivered.elements() == [2, 4])
      let metrics = pipeline.metrics
      #expect(metrics.ledger.dropped == 2 && metrics.ledger.failed == 0 && metrics["odd"]?.failed == 2)
      let failure = try await pipeline.errors.receive()
      #expect(failure == nil)
    }
  }

  @Test func aFailureCanStopThePipeline() async throws {
    try await simulated(seeds: 0..<50) {
      let undelivered = Undelivered()
      let taken = AtomicInteger()
      let pipeline = Pipeline(
        from: (1...).lazy.map {
          taken.store($0); return $0
        }, onUndelivered: undelivered.callback
      )
      .stage("first", workers: 2) { $0 }
      .stage("limit", workers: 2, onError: .stop) { try failing($0, if: $0 == 20) }
      var read: [Int] = []
      let error = await #expect(throws: StageError.self) {
        for try await number in pipeline.results { read.append(number) }
      }
      #expect(error?.stage == "limit" && error?.element as? Int == 20)
      // Again each time.
      await #expect(throws: StageError.self) { try await pipeline.results.receive() }
      try await pipeline.wait()
      #expect((read + undelivered.elements() + [20]).sorted() == Array(1...taken.load()))
      let ledger = pipeline.metrics.ledger
      #expect(ledger.failed == 1 && ledger.inside == 0 && ledger.emitted == read.count)
      #expect(ledger.undelivered == undelivered.all.count)
    }
  }

  @Test func anErrorOfTheSourceComesBehindItsElements() async throws {
    try await simulated {
      let stream = AsyncThrowingStream<Int, any Error> { continuation in
        for number in 1...3 { continuation.yield(number) }
        continuation.finish(throwing: Broken(4))
      }
      let pipeline = Pipeline(from: stream).stage("same") { $0 }
      var read: [Int] = []
      await #expect(throws: Broken(4)) { for try await number in pipeline.results { read.append(number) } }
      #expect(read == [1, 2, 3])
      await #expect(throws: Broken(4)) { try await pipeline.run() }
    }
  }

  @Test func aSourceIsReadByOnePipelineOnly() async throws {
    try await simulated {
      let base = Pipeline(from: [1, 2])
      let first = base.stage("first") { $0 }
      let second = base.stage("second") { $0 }
      let value32 = try await first.results.collected()
      #expect(value32 == [1, 2])
      await #expect(throws: SourceTaken.self) { try await second.results.collected() }
    }
  }

  // MARK: Options

  @Test func aStageTriesAgain() async throws {
    try await simulated {
      let tries = Recorder<Int>()
      let pipeline = Pipeline(from: 1...3)
        .stage("flaky", retry: .constant(attempts: 3, delay: .seconds(1))) { number in
          tries.add(number)
          if number == 2 || tries.values.count(where: { $0 == number }) < 2 { throw Broken(number) }
          return number
        }
      let value33 = try await pipeline.results.collected()
      #expect(value33 == [1, 3])
      let failure = try #require(try await pipeline.errors.receive())
      #expect(failure.attempts == 3 && failure.error as? Broken == Broken(2))
      #expect(failure.description == "stage 'flaky' failed on 2 after 3 attempts: broken 2")
      #expect(tries.values.sorted() == [1, 1, 2, 2, 2, 3, 3])
    }
  }

  @Test func aStageKeepsToItsRate() async throws {
    try await simulated(seeds: 0..<1) {
      let pipeline = Pipeline(from: 1...21)
        .stage("slow", workers: 4, rateLimit: RateLimiter(rate: 100, per: .seconds(1), burst: 1)) { $0 }
      let start = Simulation.elapsed
      let value34 = try await pipeline.results.collected().count
      #expect(value34 == 21)
      let elapsed = Simulation.elapsed - start
      #expect(elapsed >= .milliseconds(199) && elapsed < .milliseconds(210))
      #expect(pipeline.metrics.bottleneck == "slow")
    }
  }

  @Test func aStageThatHangsTimesOut() async throws {
    try await simulated {
      let pipeline = Pipeline(from: 1...3).stage("hang", timeout: .seconds(5)) { number in
        if number == 2 { try await sleep(for: .seconds(1_000_000)) }
        return number
      }
      let value35 = try await pipeline.results.collected()
      #expect(value35 == [1, 3])
      let failure = try #require(try await pipeline.errors.receive())
      #expect(failure.element as? Int == 2 && failure.error as? TimedOut == TimedOut(limit: .seconds(5)))
    }
  }

  @Test func aStageThatIsCancelledByItselfHasFailed() async throws {
    try await simulated {
      let pipeline = Pipeline(from: 1...2).stage("cancelled") { number in
        if number == 1 { throw CancellationError() }
        return number
      }
      let value36 = try await pipeline.results.collected()
      #expect(value36 == [2])
      let failure = try await pipeline.errors.receive()
      #expect(failure?.error is CancellationError)
    }
  }

  @Test(arguments: [
    (StageOptions(workers: 0), "workers"), (StageOptions(workers: -1), "workers"),
    (StageOptions(workers: .max), "workers"), (StageOptions(buffer: -1), "buffer"),
    (StageOptions(buffer: .max), "buffer"), (StageOptions(timeout: .zero), "timeout"),
    (StageOptions(timeout: .seconds(-1)), "timeout"),
    (StageOptions(retry: .constant(attempts: 0, delay: .zero)), "attempts"),
  ])
  func wrongOptionsAreATypedError(options: StageOptions, setting: String) async throws {
    try await simulated(seeds: 0..<1) {
      let source = filled([1])
      let pipeline = Pipeline(from: source).stage("wrong", options) { $0 }
      let early = #expect(throws: InvalidSetting.self) { try pipeline.validate() }
      #expect(early?.setting == setting)
      await #expect(throws: InvalidSetting.self) { try await pipeline.results.collected() }
      await #expect(throws: InvalidSetting.self) { try await pipeline.run() }
      let failure = try await pipeline.errors.receive()
      #expect(failure == nil)
      #expect(source.count == 1, "nothing was taken")
    }
  }

  @Test func wrongNamesAndBuffersAreATypedError() async throws {
    try await simulated(seeds: 0..<1) {
      let twins = Pipeline(from: [1]).stage("twin") { $0 }.stage("twin") { $0 }
      let error = #expect(throws: InvalidSetting.self) { try twins.validate() }
      #expect("\(error!)".contains("twin"))
      #expect(throws: InvalidSetting.self) { try Pipeline(from: [1]).stage("") { $0 }.validate() }
      for buffer in [0, -1, .max] {
        let pipeline = Pipeline(from: [1], errorBuffer: buffer).stage("fine") { $0 }
        await #expect(throws: InvalidSetting.self) { try await pipeline.results.receive() }
      }
    }
  }

  @Test func theLongestTimeoutIsNone() async throws {
    try await simulated(seeds: 0..<1) {
      let pipeline = Pipeline(from: [1]).stage("patient", timeout: .seconds(Int64.max)) { $0 }
      let value37 = try await pipeline.results.collected()
      #expect(value37 == [1])
    }
  }
}
