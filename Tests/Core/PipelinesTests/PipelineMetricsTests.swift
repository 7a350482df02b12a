import CoreTestSupport
import Revoada
import RevoadaInstruments
import Testing

@testable import RevoadaPipelines

@Suite(.timeLimit(.minutes(10)))
struct PipelineMetricsTests {
  @Sendable private static func working<T: Sendable>(
    _ milliseconds: Int
  ) -> @Sendable (T) async throws -> T {
    { element in
      if milliseconds > 0 { try await sleep(for: .milliseconds(milliseconds)) }
      return element
    }
  }

  // MARK: Verdicts

  @Test(arguments: ["a", "b", "c"]) func theSlowStageIsTheBottleneck(slow: String) async throws {
    try await simulated {
      func work(_ name: String) -> @Sendable (Int) async throws -> Int { Self.working(name == slow ? 10 : 2) }
      let pipeline = Pipeline(from: feed(1...40))
        .stage("a", workers: 2, work("a")).stage("b", buffer: 1, work("b")).stage("c", workers: 2, work("c"))
      let results = pipeline.results
      for _ in 0..<10 { _ = try await results.receive() }
      #expect(pipeline.metrics.bottleneck == slow, "while it runs")
      _ = try await results.collected()
      try await pipeline.wait()
      #expect(pipeline.metrics.bottleneck == slow)
      try await sleep(for: .seconds(1000))
      #expect(pipeline.metrics.bottleneck == slow, "long after it ended")
    }
  }

  @Test func moreWorkersMoveTheBottleneck() async throws {
    try await simulated {
      let pipeline = Pipeline(from: feed(1...60))
        .stage("four", workers: 4, Self.working(12)).stage("one", workers: 1, Self.working(5))
      _ = try await pipeline.results.collected()
      #expect(pipeline.metrics.bottleneck == "one")
    }
  }

  @Test func aSlowSourceIsNoFaultOfAStage() async throws {
    try await simulated {
      let source = Channel<Int>()
      spawn {
        for number in 1...20 {
          try await sleep(for: .milliseconds(10))
          try await source.send(number)
        }
        source.close()
      }
      let pipeline = Pipeline(from: source).stage("a", Self.working(3)).stage("b", Self.working(6))
      _ = try await pipeline.results.collected()
      #expect(pipeline.metrics.limit == .source && pipeline.metrics.bottleneck == nil)
    }
  }

  @Test func aSlowReaderIsNoFaultOfAStage() async throws {
    try await simulated {
      let pipeline = Pipeline(from: 1...60)
        .stage("a", buffer: 1, Self.working(3)).stage("b", buffer: 1, Self.working(4))
      for try await _ in pipeline.results { try await sleep(for: .milliseconds(20)) }
      #expect(pipeline.metrics.limit == .consumer && pipeline.metrics.bottleneck == nil)
    }
  }

  @Test func nothingIsSaidBeforeAnythingHappened() async throws {
    try await simulated {
      let pipeline = Pipeline(from: Channel<Int>()).stage("a") { $0 }
      #expect(pipeline.metrics.limit == .undecided && pipeline.metrics.elapsed == .zero)
      pipeline.start()
      #expect(pipeline.metrics.limit == .undecided)
      try await sleep(for: .seconds(1))
      #expect(pipeline.metrics.bottleneck == nil && pipeline.metrics.elapsed.isAbout(.seconds(1)))
    }
  }

  // MARK: Times

  @Test func waitsInProgressCount() async throws {
    try await simulated {
      let (source, gate) = (Channel<Int>(), Channel<Void>())
      let pipeline = Pipeline(from: source)
        .stage("a", buffer: 0) { $0 }
        .stage("b", buffer: 0) { number in
          _ = try await gate.receive()
          return number
        }
      pipeline.start()
      try await sleep(for: .seconds(2))
      for stage in pipeline.metrics.stages { #expect(stage.starved.isAbout(.seconds(2))) }
      try await source.send(1)
      try await source.send(2)
      try await sleep(for: .seconds(3))
      let (a, b) = (pipeline.metrics["a"]!, pipeline.metrics["b"]!)
      #expect(a.blocked.isAbout(.seconds(3)) && a.starved.isAbout(.seconds(2)))
      #expect(b.busy.isAbout(.seconds(3)) && b.processed == 0 && b.ledger.inside == 1)
      #expect(pipeline.metrics.bottleneck == "b", "it has finished nothing yet")
    }
  }

  @Test func timesAreThoseOfTheWork() async throws {
    try await simulated(seeds: 0..<2) {
      let pipeline = Pipeline(from: feed(1...100)).stage("work", workers: 2) { number in
        try await sleep(for: .milliseconds(number <= 90 ? 10 : 100))
      }
      _ = try await pipeline.results.collected()
      let work = pipeline.metrics["work"]!
      #expect(work.averageTime.isAbout(.milliseconds(19)))
      #expect(work.p95Time > .milliseconds(94) && work.p95Time < .milliseconds(101))
      #expect(work.busy.isAbout(.milliseconds(1900)) && work.blocked == .zero)
      #expect(work.throughput > 100 && work.throughput < 110)
    }
  }

  @Test func aWorkerIsAlwaysAtSomething() {
    var times = WorkerTimes(at: 100)
    #expect(times.upTo(130).starved == 30)
    times.enter(.busy, at: 150)
    times.enter(.blocked, at: 170)
    #expect(times.upTo(171).blocked == 1)
    times.enter(.busy, at: 160)
    #expect(times.blocked == 0, "the clock does not go back")
    times.enter(.ended, at: 200)
    let end = times.upTo(10_000)
    #expect(end.starved == 50 && end.busy == 50 && end.blocked == 0)
  }

  @Test func histogramsAreExactWithinSixPercent() {
    for value in [0, 1, 7, 8, 100, 12_345, 1_000_000, 3_600_000_000_000, Int64.max] {
      let middle = DurationHistogram.duration(of: DurationHistogram.bucket(of: value))
      #expect(abs(Double(middle) - Double(value)) <= Double(value) * 0.0625)
    }
    let (one, two) = (DurationHistogram(), DurationHistogram())
    #expect(DurationHistogram.quantile(0.95, of: [one, two]) == 0)
    for _ in 0..<96 { one.record(1_000) }
    for _ in 0..<4 { two.record(1_000_000) }
    #expect(abs(DurationHistogram.quantile(0.95, of: [one, two]) - 1_000) < 63)
    #expect(DurationHistogram.quantile(1, of: [one, two]) == 1_000_000)
    one.record(-5)
    #expect(DurationHistogram.quantile(0, of: [one]) == 0)
  }
}

extension Duration {
  /// Equal, but for the resolution of the timers.
  fileprivate func isAbout(_ other: Duration) -> Bool { self >= other && self < other + .milliseconds(3) }
}
