import Revoada
import RowKit

/// mutex-8: eight goroutines share n turns of lock, increment, unlock.
@Sendable func mutexEight(_ n: Int) async throws {
  let parties = 8
  let counter = AsyncMutex(0)
  let everyone = WaitGroup()
  everyone.add(parties)
  for _ in 0..<parties {
    spawn {
      for _ in 0..<n / parties { try await counter.withLock { $0 += 1 } }
      everyone.done()
    }
  }
  try await everyone.wait()
  try expect("counter", try await counter.withLock { $0 }, n / parties * parties)
}

/// worker-pool-8: a source sends n jobs into a channel of 100, eight workers answer each into a
/// results channel of 100, the caller receives n results.
@Sendable func workerPool(_ n: Int) async throws {
  let jobs = Channel<Int>(capacity: 100)
  let results = Channel<Int>(capacity: 100)
  for _ in 0..<8 {
    spawn {
      for try await job in jobs { try await results.send(2 * job) }
    }
  }
  spawn {
    for i in 0..<n { try await jobs.send(i) }
    jobs.close()
  }
  var sum = 0
  for _ in 0..<n { sum += try await results.receive() ?? 0 }
  try expect("sum of results", sum, n * (n - 1))
}

/// pipeline-4: a source, four stages and a sink joined by unbuffered channels; every stage adds one
/// to each of n elements and closes its output behind the last.
@Sendable func pipelineFour(_ n: Int) async throws {
  let source = Channel<Int>()
  spawn {
    for i in 0..<n { try await source.send(i) }
    source.close()
  }
  var last = source
  for _ in 0..<4 {
    let input = last
    let output = Channel<Int>()
    spawn {
      for try await value in input { try await output.send(value + 1) }
      output.close()
    }
    last = output
  }
  var sum = 0
  for try await value in last { sum += value }
  try expect("sum of elements", sum, n * (n - 1) / 2 + 4 * n)
}
