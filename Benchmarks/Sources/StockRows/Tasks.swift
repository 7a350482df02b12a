import RowKit

/// spawn+join: spawn one task and wait for its result, n times in sequence.
@Sendable func spawnJoin(_ n: Int) async throws {
  let sum = await withTaskGroup(of: Int.self) { group in
    var sum = 0
    for i in 0..<n {
      group.addTask { i }
      sum += await group.next() ?? 0
    }
    return sum
  }
  try expect("sum of results", sum, n * (n - 1) / 2)
}

/// mutex-8: eight tasks share n increments of one actor, Swift's way to own shared state.
@Sendable func mutexEight(_ n: Int) async throws {
  actor Counter {
    var value = 0
    func increment() { value += 1 }
  }
  let parties = 8
  let counter = Counter()
  await withDiscardingTaskGroup { group in
    for _ in 0..<parties {
      group.addTask {
        for _ in 0..<n / parties { await counter.increment() }
      }
    }
  }
  try expect("counter", await counter.value, n / parties * parties)
}

/// worker-pool-8: n jobs by a task group that keeps eight children running, the usual bound on
/// width where there is no channel.
@Sendable func workerPool(_ n: Int) async throws {
  let sum = await withTaskGroup(of: Int.self) { group in
    var sum = 0
    for i in 0..<n {
      if i >= 8 { sum += await group.next() ?? 0 }
      group.addTask { 2 * i }
    }
    for await result in group { sum += result }
    return sum
  }
  try expect("sum of results", sum, n * (n - 1))
}
