import Revoada
import RowKit

/// pipeline 4x2: a source, four stages of two workers each and a sink, joined by buffers of 16; every
/// stage adds one to each of n elements.
///
/// The bodies cannot suspend, and so the stages work in batches.
@Sendable func pipelineFourByTwo(_ n: Int) async throws {
  try await run(n, buffer: 16) { $0.stage($1, workers: 2, buffer: 16) { $0 + 1 } }
}

/// pipeline 4x2 async: the same with bodies that can suspend, one element at a time.
@Sendable func pipelineFourByTwoAsync(_ n: Int) async throws {
  try await run(n, buffer: 16) { $0.stage($1, workers: 2, buffer: 16) { await successor($0) } }
}

/// pipeline 4x1 (AsyncChannel): a source, four stages of one worker each and a sink, joined without
/// buffers; every stage adds one to each of n elements.
@Sendable func pipelineFourByOne(_ n: Int) async throws {
  try await run(n, buffer: 0) { $0.stage($1, buffer: 0) { $0 + 1 } }
}

/// Sends n elements through four stages.
private func run(
  _ n: Int, buffer: Int, _ addStage: (Pipeline<Int>, _ name: String) -> Pipeline<Int>
) async throws {
  let source = Channel<Int>(capacity: buffer)
  spawn {
    for i in 0..<n { try await source.send(i) }
    source.close()
  }
  let pipeline = ["first", "second", "third", "fourth"].reduce(Pipeline(from: source), addStage)
  var sum = 0
  for try await value in pipeline.results { sum += value }
  try expect("sum of elements", sum, n * (n - 1) / 2 + 4 * n)
}

@inline(never)
private nonisolated(nonsending) func successor(_ value: Int) async -> Int { value + 1 }
