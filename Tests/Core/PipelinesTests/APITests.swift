import Revoada
import Testing

/// What API.swift fixes compiles and runs.
@Suite(.timeLimit(.minutes(10)))
struct PipelineAPITests {
  @Test func theContract() async throws {
    let source = Channel<Int>(capacity: 8)
    spawn {
      for number in 1...5 { try await source.send(number) }
      source.close()
    }
    var read: [String] = []
    let lines = Pipeline(from: source)
      .stage("double", workers: 2) { $0 * 2 }
      .stage("text", workers: 2, ordered: true, retry: .exponential(attempts: 3)) { String($0) }
    for try await line in lines.results { read.append(line) }
    _ = (lines.errors, lines.metrics.bottleneck)
    #expect(read.sorted() == ["10", "2", "4", "6", "8"])
  }
}
