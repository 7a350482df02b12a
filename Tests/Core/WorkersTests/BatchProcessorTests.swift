import CoreTestSupport
import Revoada
import Testing

@Suite(.timeLimit(.minutes(10)))
struct BatchProcessorTests {
  struct Refused: Error, Equatable { let item: Int }

  @Test func batchesAreCutBySizeThenByTime() async throws {
    try await simulated {
      let (batches, times) = (Recorder<[Int]>(), Recorder<Duration>())
      let batch = BatchProcessor<Int>(size: 100, every: .milliseconds(300)) { items in
        batches.add(items)
        times.add(Simulation.elapsed)
      }
      for number in 0..<250 { try await batch.add(number) }
      try await sleep(for: .milliseconds(299))
      #expect(batches.values.map(\.count).sorted() == [100, 100])
      try await sleep(for: .milliseconds(2))
      #expect(batches.values.map(\.count) == [100, 100, 50])
      #expect(batches.values.flatMap(\.self) == Array(0..<250))
      // Nothing is cut while nothing comes; the interval counts from the next first item.
      try await sleep(for: .seconds(10))
      try await batch.add(250)
      try await sleep(for: .milliseconds(200))
      try await batch.add(251)
      try await sleep(for: .milliseconds(90))
      #expect(batches.values.count == 3)
      try await sleep(for: .milliseconds(11))
      #expect(batches.values.last == [250, 251])
      try await batch.close()
      let stats = batch.stats
      #expect(stats.added == 252 && stats.delivered == 252 && stats.batches == 4)
    }
  }

  @Test func theIntervalCountsFromTheFirstItemOfEachBatch() async throws {
    try await simulated {
      let times = Recorder<Duration>()
      let batch = BatchProcessor<Int>(size: 3, every: .milliseconds(100)) { _ in times.add(Simulation.elapsed)
      }
      try await batch.add(1)
      try await sleep(for: .milliseconds(60))
      try await batch.add(2)
      try await batch.add(3)  // full: sent now; the timer of this batch must not cut the next one
      try await settle()
      try await batch.add(4)
      try await sleep(for: .milliseconds(99))
      #expect(times.values.count == 1)
      try await sleep(for: .milliseconds(2))
      #expect(times.values.count == 2)
    }
  }

  @Test func flushReturnsWhenTheSinkHasTakenEverything() async throws {
    try await simulated {
      let taken = Recorder<Int>()
      let batch = BatchProcessor<Int>(size: 10) { items in
        try await sleep(for: .milliseconds(5))
        for item in items { taken.add(item) }
      }
      try await batch.flush()  // nothing to do
      for number in 0..<13 { try await batch.add(number) }
      try await batch.flush()
      #expect(taken.values == Array(0..<13))
      #expect(isAbout(.milliseconds(10)))
      try await batch.add(13)
      try await batch.close()
      #expect(taken.values == Array(0..<14))
      try await batch.close()
      try await batch.flush()
    }
  }

  @Test func aSlowSinkSuspendsThoseWhoAddInTheirOrder() async throws {
    try await simulated {
      let (gate, batches) = (Channel<Void>(), Recorder<[Int]>())
      let batch = BatchProcessor<Int>(size: 2) { items in
        batches.add(items)
        _ = try await gate.receive()
      }
      for number in 0..<4 { try await batch.add(number) }  // one batch in the sink, one complete
      for number in 4..<7 {
        spawn { try await batch.add(number) }
        try await settle()
      }
      let stats = batch.stats
      #expect(stats.waiting == 3 && stats.inSink == 2 && stats.buffered == 2 && stats.added == 4)
      try await gate.send(())
      try await settle()
      #expect(batch.stats.waiting == 1)
      gate.close()
      try await settle()
      try await batch.close()
      #expect(batches.values == [[0, 1], [2, 3], [4, 5], [6]])
      #expect(batch.stats.delivered == 7)
    }
  }

  @Test func aBatchWhoseTimeIsOverWaitsForASlowSinkAndTakesFurtherItems() async throws {
    try await simulated {
      let batches = Recorder<[Int]>()
      let batch = BatchProcessor<Int>(size: 10, every: .milliseconds(10)) { items in
        batches.add(items)
        try await sleep(for: .milliseconds(100))
      }
      try await batch.add(0)
      try await sleep(for: .milliseconds(20))
      try await batch.add(1)
      try await sleep(for: .milliseconds(50))  // due, but the sink is busy
      try await batch.add(2)
      #expect(batches.values == [[0]])
      try await sleep(for: .milliseconds(50))
      #expect(batches.values == [[0], [1, 2]])
      try await batch.close()
    }
  }

  @Test func severalBatchesAreInTheSinkAtOnceOnRequest() async throws {
    try await simulated {
      var options = BatchOptions(size: 1)
      options.parallel = 3
      let (running, peak) = (AtomicInteger(), Recorder<Int>())
      let batch = BatchProcessor<Duration>(options: options) { items in
        peak.add(running.add(1))
        try await sleep(for: items[0])
        running.add(-1)
      }
      for milliseconds in [30, 20, 10, 10, 10, 10] { try await batch.add(.milliseconds(milliseconds)) }
      try await batch.flush()  // the first batch is among the last to end
      #expect(peak.values.max() == 3)
      #expect(batch.stats.delivered == 6 && running.load() == 0)
      #expect(isAbout(.milliseconds(30)))
    }
  }

  @Test func itemsThatTheSinkFailsOnAreHandedOver() async throws {
    try await simulated {
      let failed = Recorder<(Int, any Error)>()
      let batch = BatchProcessor<Int>(size: 4, onFailure: { failed.add(($0, $1)) }) { items in
        if items.contains(99) { throw Refused(item: 99) }
        let refused = items.indices.filter { items[$0] % 3 == 0 }
        if !refused.isEmpty {
          throw BatchItemErrors(
            failures: refused.map { ($0, Refused(item: items[$0])) } + [(1000, Refused(item: 0))])
        }
      }
      for number in [1, 3, 2, 6] + [99, 1, 1, 1] + [1, 1, 1, 1] + [9] { try await batch.add(number) }
      try await batch.close()
      #expect(failed.values.map(\.0) == [3, 6, 99, 1, 1, 1, 9])
      #expect(failed.values.map { ($0.1 as? Refused)?.item } == [3, 6, 99, 99, 99, 99, 9])
      let stats = batch.stats
      #expect(stats.added == 13 && stats.failed == 7 && stats.delivered == 6)
      #expect(stats.inSink == 0 && stats.buffered == 0)
    }
  }

  @Test(arguments: Home.allCases) func anAddThatIsCancelledWasNotAdded(home: Home) async throws {
    try await simulated {
      let (gate, batches) = (Channel<Void>(), Recorder<[Int]>())
      let batch = BatchProcessor<Int>(size: 1) { items in
        batches.add(items)
        _ = try await gate.receive()
      }
      try await batch.add(0)
      try await batch.add(1)
      #expect(try await home.cancelling { try await batch.add(2) }.isCancellation)
      #expect(batch.stats.waiting == 0)
      #expect(try await home.cancelling { try await batch.flush() }.isCancellation)
      let late = try await home.cancelling(after: { _ = gate.trySend(()) }) { try await batch.add(3) }
      gate.close()
      try await batch.close()
      // Whichever came first: an add that returned is delivered, one that threw is not.
      let added = (try? late.get()) != nil
      #expect(batches.values == (added ? [[0], [1], [3]] : [[0], [1]]))
      #expect(batch.stats.added == batches.values.count)
    }
  }

  @Test func addingToAClosedProcessorHandsTheItemBack() async throws {
    try await simulated {
      let gate = Channel<Void>()
      let batch = BatchProcessor<String>(size: 1, name: "rows") { _ in _ = try await gate.receive() }
      try await batch.add("a")
      try await batch.add("b")
      let waiting = spawn { try await batch.add("c") }
      try await settle()
      let closing = spawn { try await batch.close() }
      let error = await #expect(throws: BatchClosed<String>.self) { try await waiting.value }
      #expect(error?.item == "c")
      let late = await #expect(throws: BatchClosed<String>.self) { try await batch.add("d") }
      #expect(late?.item == "d" && "\(late!)".contains("\"rows\" is closed"))
      gate.close()
      try await closing.value
      #expect(batch.stats.delivered == 2)
    }
  }

  @Test func aReleasedProcessorDeliversWhatItHas() async throws {
    try await simulated {
      let taken = Recorder<Int>()
      var batch: BatchProcessor<Int>? = BatchProcessor(size: 10, every: .seconds(60)) { taken.add($0.count) }
      for number in 0..<7 { try await batch!.add(number) }
      batch = nil
      try await settle()
      #expect(taken.values == [7])
    }
  }

  @Test(arguments: [
    (BatchOptions(size: 0), "size must be at least 1, but is 0"),
    (BatchOptions(size: -3), "size must be at least 1, but is -3"),
    (BatchOptions(size: 1, every: .zero), "every must be longer than zero, but is 0.0 seconds"),
  ]) func optionsThatMakeNoSenseAreRefused(options: BatchOptions, message: String) async throws {
    let batch = BatchProcessor<Int>(options: options, name: "bad") { _ in }
    let error = await #expect(throws: InvalidSetting.self) { try await batch.add(1) }
    #expect(error?.description == "batch processor \"bad\": " + message)
    try await batch.flush()
    try await batch.close()
    #expect(batch.stats.added == 0)
  }

  @Test func anEndlessIntervalNeverCuts() async throws {
    try await simulated(seeds: 0..<1) {
      let batch = BatchProcessor<Int>(size: 10, every: .seconds(Int64.max)) { _ in }
      try await batch.add(1)
      try await sleep(for: .seconds(1_000_000))
      #expect(batch.stats.buffered == 1)
      try await batch.close()
    }
  }

  @Test(arguments: [2, 8]) func nothingIsLostOnRealWorkers(workers: Int) async throws {
    let (sum, count) = (AtomicInteger(), AtomicInteger())
    let stats = try await onWorkers(workers) { () -> BatchStats in
      var options = BatchOptions(size: 64, every: .microseconds(200))
      options.parallel = 2
      let batch = BatchProcessor<Int>(options: options) { items in
        for item in items { sum.add(item) }
        count.add(items.count)
        if items.count % 3 == 0 { await Task.yield() }
      }
      try await withScope { scope in
        for producer in 0..<4 {
          scope.spawn {
            for number in 1...10_000 {
              try await batch.add(number)
              if number % 1000 == producer { try await batch.flush() }
            }
          }
        }
      }
      try await batch.close()
      return batch.stats
    }
    #expect(count.load() == 40_000 && sum.load() == 4 * 10_000 * 10_001 / 2)
    #expect(stats.added == 40_000 && stats.delivered == 40_000 && stats.buffered == 0 && stats.inSink == 0)
  }
}
