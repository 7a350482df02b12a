import CoreTestSupport
import Revoada
import Testing

/// The examples of the pipelines' documentation.
@Suite(.timeLimit(.minutes(10)))
struct PipelinesExamples {
  @Sendable private func price(of id: Int) async throws -> Int { id * 10 }
  @Sendable private func price(_ order: Int) async throws -> Int { order * 10 }
  @Sendable private func upload(_ file: String) async throws { try await sleep(for: .milliseconds(1)) }

  @Test func stages() async throws {
    try await simulated(seeds: 0..<1) { [self] in
      var lines: [String] = []
      let totals = Pipeline(from: 1...100, name: "totals")
        .stage("price", workers: 4, retry: .exponential(attempts: 3)) { id in try await price(of: id) }
        .filter("large") { $0 > 500 }
        .stage("text", workers: 2, ordered: true) { "\($0) cents" }
      for try await total in totals.results { lines.append(total) }
      #expect(lines.count == 50 && lines.contains("1000 cents"))

      let files = ["a", "b"]
      try await Pipeline(from: files)
        .stage("upload", workers: 8, onError: .stop) { file in try await upload(file) }
        .run()
    }
  }

  @Test func orders() async throws {
    try await simulated(seeds: 0..<1) { [self] in
      let orders = feed([3, 1])
      var printed: [String] = []
      func print(_ line: String) { printed.append(line) }
      let lines = Pipeline(from: orders)
        .stage("price", workers: 4, retry: .exponential(attempts: 3)) { try await price($0) }
        .stage("print", ordered: true) { "\($0)" }
      for try await line in lines.results { print(line) }
      #expect(printed.sorted() == ["10", "30"])
    }
  }

  @Test func dynamicStages() async throws {
    try await simulated(seeds: 0..<1) {
      let input = feed([Int]())
      let pipeline = DynamicPipeline(input)
      try pipeline.addStage("double", workers: 2) { $0 * 2 }
      try pipeline.addStage("shift", workers: 2) { $0 + 10 }
      try await pipeline.removeStage("double")
      #expect(pipeline.stageNames == ["shift"])
    }
    try await simulated(seeds: 0..<1) {
      let (input, printed) = (feed([1, 2]), Recorder<Int>())
      @Sendable func print(_ value: Int) { printed.add(value) }
      let pipeline = DynamicPipeline(input)
      try pipeline.addStage("double", workers: 2) { $0 * 2 }
      let reader = spawn { for try await value in pipeline.output { print(value) } }
      try await pipeline.removeStage("double")
      try await reader.value
      #expect(printed.values.count == 2)
    }
  }

  @Test func errors() async throws {
    try await simulated(seeds: 0..<1) {
      let (reports, shipped) = (Recorder<String>(), Recorder<Int>())
      @Sendable func report(_ text: String) { reports.add(text) }
      @Sendable func ship(_ order: Int) { shipped.add(order) }
      let orders = Pipeline(from: 1...5)
        .stage("check") { number in
          if number == 2 { throw TimedOut(limit: .zero) }
          return number
        }
        .stage("stop", onError: .stop) { number in
          if number == 4 { throw TimedOut(limit: .zero) }
          return number
        }
      let errors = orders.errors
      let failures = spawn {
        for try await failure in errors {
          report("\(failure.stage): \(failure.error), element \(failure.element)")
        }
      }
      do {
        for try await order in orders.results { ship(order) }
      } catch let error as StageError {
        report("stopped by stage \(error.stage): \(error.error)")
      } catch is CancellationError {
        report("cancelled")
      }
      try await failures.value
      #expect(shipped.values == [1, 3] && reports.values.count == 2)
      let ledger = orders.metrics.ledger
      let ends = ledger.emitted + ledger.failed + ledger.dropped + ledger.filtered + ledger.undelivered
      assert(ledger.taken + ledger.created == ends + ledger.inside)
      #expect(ledger.failed == 2)
    }
  }
}

/// A channel with elements in it that will get no more.
private func feed(_ elements: [Int]) -> Channel<Int> {
  let channel = Channel<Int>(capacity: elements.count + 1)
  for element in elements { _ = channel.trySend(element) }
  channel.close()
  return channel
}
