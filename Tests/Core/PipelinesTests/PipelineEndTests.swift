import CoreTestSupport
import Revoada
import Testing

/// However a pipeline ends, its goroutines end and every element is somewhere.
@Suite(.timeLimit(.minutes(10)))
struct PipelineEndTests {
  @Test func cancellingEndsItsReaders() async throws {
    try await simulated(seeds: 0..<20) {
      let undelivered = Undelivered()
      let source = filled(1...100)
      let pipeline = Pipeline(from: source, onUndelivered: undelivered.callback)
        .stage("a", workers: 2) { number in
          try await sleep(for: .milliseconds(1))
          return number
        }
        .stage("b", workers: 2, ordered: true) { number in
          try await sleep(for: .milliseconds(number % 3))
          return number
        }
      let reader = spawn { () -> ([Int], (any Error)?) in
        var read: [Int] = []
        do { for try await number in pipeline.results { read.append(number) } } catch { return (read, error) }
        return (read, nil)
      }
      let errors = spawn { try await pipeline.errors.collected() }
      try await sleep(for: .milliseconds(10))
      pipeline.cancel()
      pipeline.cancel()
      let (read, error) = try await reader.value
      #expect(error is CancellationError)
      try await pipeline.wait()
      let failures = try await errors.value
      #expect(failures.isEmpty)
      let left = 100 - source.count
      #expect((read + undelivered.elements()).sorted() == Array((1...100).prefix(left)))
      let ledger = pipeline.metrics.ledger
      #expect(ledger.inside == 0 && ledger.taken == left && ledger.emitted == read.count)
      #expect(ledger.undelivered == undelivered.all.count)
    }
  }

  @Test func aPipelineThatNobodyHoldsEnds() async throws {
    try await simulated(seeds: 0..<20) {
      let undelivered = Undelivered()
      let ended = Channel<Void>()
      let source = filled(1...100)
      do {
        let pipeline = Pipeline(from: source, onUndelivered: undelivered.callback).stage("a", workers: 3) {
          $0
        }
        let errors = pipeline.errors
        spawn {
          // Reads errors only: that keeps nothing going.
          _ = try await errors.collected()
          ended.close()
        }
        for try await number in pipeline.results where number == 10 { break }
      }
      _ = try await ended.receive()
      #expect(undelivered.all.count + source.count >= 80)
      #expect(Set(undelivered.elements()).count == undelivered.all.count)
    }
  }

  @Test func anIteratorKeepsItGoing() async throws {
    try await simulated {
      var iterator = Pipeline(from: 1...3).stage("same") { $0 }.results.makeAsyncIterator()
      try await settle()
      let value4 = try await iterator.next()
      #expect(value4 == 1)
      let value5 = try await iterator.next()
      #expect(value5 == 2)
      let value6 = try await iterator.next()
      #expect(value6 == 3)
      let value7 = try await iterator.next()
      #expect(value7 == nil)
    }
  }

  @Test func readingGoesOnAfterABreak() async throws {
    try await simulated {
      let pipeline = Pipeline(from: 1...6).stage("same") { $0 }
      for try await number in pipeline.results where number == 2 { break }
      let value8 = try await pipeline.results.collected()
      #expect(value8 == [3, 4, 5, 6])
    }
  }

  @Test(arguments: Home.allCases) func aCancelledReaderTakesNothing(home: Home) async throws {
    try await simulated {
      let source = Channel<Int>()
      let pipeline = Pipeline(from: source).stage("same") { $0 }
      let unserved = try await home.cancelling { try await pipeline.results.receive() }
      #expect(unserved.isCancellation)
      #expect(pipeline.metrics.ledger.taken == 0)
      try await source.send(7)
      let value9 = try await pipeline.results.receive()
      #expect(value9 == 7)
      // Served, then cancelled: the result is either read or still there.
      let served = try await home.cancelling(after: { _ = source.trySend(8) }) {
        try await pipeline.results.receive()
      }
      if case .success(let number) = served {
        #expect(number == 8)
      } else {
        let value10 = try await pipeline.results.receive()
        #expect(value10 == 8)
      }
    }
  }

  @Test func runDoesAllTheWork() async throws {
    try await simulated {
      let done = Recorder<Int>()
      try await Pipeline(from: 1...20).stage("work", workers: 4) { done.add($0) }.run()
      #expect(done.values.sorted() == Array(1...20))
    }
  }

  @Test func runThrowsWhatStoppedIt() async throws {
    try await simulated {
      let pipeline = Pipeline(from: 1...).stage("work", workers: 4, onError: .stop) { number in
        if number == 9 { throw Broken(9) }
      }
      let error = await #expect(throws: StageError.self) { try await pipeline.run() }
      #expect(error?.error as? Broken == Broken(9))
      #expect(pipeline.metrics.ledger.inside == 0)
    }
  }

  @Test(arguments: Home.allCases) func cancellingRunCancelsThePipeline(home: Home) async throws {
    try await simulated {
      let undelivered = Undelivered()
      let pipeline = Pipeline(from: [1, 2], onUndelivered: undelivered.callback)
        .stage("hang", buffer: 0) { number in
          try await sleep(for: .seconds(100))
          return number
        }
      let result = try await home.cancelling { try await pipeline.run() }
      #expect(result.isCancellation)
      // Nothing goes on behind the back of whom it has returned to.
      #expect(pipeline.metrics.ledger.inside == 0)
      #expect(undelivered.elements().sorted() == [1, 2])
      #expect(Simulation.elapsed < .seconds(1))
    }
  }

  @Test func resultsOfAStageThatIgnoresCancellationAreHandedOver() async throws {
    try await simulated {
      let (undelivered, gate) = (Undelivered(), Channel<Void>(capacity: 1))
      let pipeline = Pipeline(from: [1], onUndelivered: undelivered.callback).stage("stubborn") { number in
        _ = try await spawn { try await gate.receive() }.result.get()
        return number
      }
      pipeline.start()
      try await settle()
      pipeline.cancel()
      await #expect(throws: CancellationError.self) { try await pipeline.results.receive() }
      try await pipeline.wait()
      #expect(undelivered.elements() == [1])
    }
  }

  @Test func theCallbackMayUseThePipeline() async throws {
    try await simulated {
      let handle = Recorder<Pipeline<Int>>()
      let seen = AtomicInteger()
      let pipeline = Pipeline(
        from: 1...,
        onUndelivered: { _ in
          seen.add(1)
          handle.values.first?.cancel()
          _ = handle.values.first?.metrics
        }
      ).stage("drop", workers: 2, onError: .drop) { try failing($0, if: $0 == 5) }
      handle.add(pipeline)
      await #expect(throws: CancellationError.self) { try await pipeline.run() }
      #expect(seen.load() >= 1 && pipeline.metrics.ledger.inside == 0)
    }
  }

  @Test func aPipelineThatWasNeverStartedEndsToo() async throws {
    try await simulated {
      let source = filled([1])
      let pipeline = Pipeline(from: source).stage("same") { $0 }
      pipeline.cancel()
      try await pipeline.wait()
      await #expect(throws: CancellationError.self) { try await pipeline.results.receive() }
      let value11 = try await pipeline.errors.receive()
      #expect(value11 == nil)
      #expect(source.count == 1)
    }
  }

  @Test func resultsThatNobodyReadAreHandedOver() async throws {
    try await simulated {
      let undelivered = Undelivered()
      let pipeline = Pipeline(from: 1...5, onUndelivered: undelivered.callback).stage("same") { $0 }
      let value12 = try await pipeline.results.receive()
      #expect(value12 == 1)
      try await pipeline.wait()
      #expect(undelivered.all.isEmpty)
      pipeline.cancel()
      #expect(undelivered.elements() == [2, 3, 4, 5])
      #expect(undelivered.all.allSatisfy { $0.stage == "results" })
      #expect(pipeline.metrics.ledger.undelivered == 4)
    }
  }
}
