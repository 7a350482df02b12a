import CoreTestSupport
import Revoada
import RevoadaScheduling
import Testing

/// What a submitter's tasks see of its task-local values.
@Suite(.timeLimit(.minutes(10)))
struct PoolContextTests {
  @TaskLocal static var trace = "none"

  /// Runs `body` in a task that has no task-local values; tests have some of their own.
  private func bare<T: Sendable>(_ body: @escaping @Sendable () async throws -> T) async throws -> T {
    try await Task.detached { try await onWorkers(2, body) }.value
  }

  @Test func boundValuesAreNoticed() async throws {
    let seen = try await bare { () -> [Bool] in
      var seen = [TaskLocals.areBound]
      seen.append(Self.$trace.withValue("here") { TaskLocals.areBound })
      seen.append(TaskLocals.areBound)
      seen.append(try await Self.$trace.withValue("spawned") { spawn { TaskLocals.areBound } }.value)
      seen.append(try await Self.$trace.withValue("left") { spawnDetached { TaskLocals.areBound } }.value)
      await Task.yield()
      seen.append(TaskLocals.areBound)
      return seen
    }
    #expect(seen == [false, true, false, true, false, false])
    #expect(TaskLocals.areBound)  // those of the test
  }

  @Test func eachTaskSeesTheValuesOfItsSubmitter() async throws {
    let seen = try await bare { () -> [String] in
      let pool = WorkerPool<Int, String>(name: "traced", workers: 2, queue: nil) { "\($0) \(Self.trace)" }
      var tasks = [try await pool.submit(0)]
      for number in 1...3 {
        try await Self.$trace.withValue("request \(number)") { tasks.append(try await pool.submit(number)) }
        tasks.append(try await pool.submit(number))
      }
      var seen: [String] = []
      for task in tasks { seen.append(try await task.value) }
      #expect(pool.stats.completed == 7)
      return seen
    }
    #expect(seen == ["0 none", "1 request 1", "1 none", "2 request 2", "2 none", "3 request 3", "3 none"])
  }

  @Test func aPoolFirstUsedWithValuesDoesNotKeepThem() async throws {
    let seen = try await bare { () -> [String] in
      let pool = WorkerPool<Int, String>(name: "traced", workers: 1) { _ in Self.trace }
      let first = try await Self.$trace.withValue("first") { try await pool.submit(1).value }
      return [first, try await pool.submit(2).value]
    }
    #expect(seen == ["first", "none"])
  }

  @Test func aTaskWithValuesIsCancelledDroppedAndRefusedAsOthers() async throws {
    try await simulated {
      try await Self.$trace.withValue("carried") {
        let (gate, pool) = blockedPool(workers: 1, queue: 1)
        let running = try await pool.submit(0)
        let queued = try await pool.submit(1)
        #expect(throws: PoolError.self) { try pool.trySubmit(2) }
        try await settle()
        running.cancel()
        queued.cancel()
        #expect(await running.result.isCancellation)
        #expect(await queued.result.isCancellation)
        let last = try await pool.submit(3)
        let dropped = try await pool.submit(4)
        try await settle()
        #expect(pool.shutdownNow() == [4])
        #expect(await last.result.isCancellation)
        await #expect(throws: PoolError.shutDown(pool: "blocked")) { try await dropped.value }
        #expect(pool.stats.submitted == 4 && pool.stats.failed == 2 && pool.stats.dropped == 2)
        gate.close()
      }
    }
  }
}
