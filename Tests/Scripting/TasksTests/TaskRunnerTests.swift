import RevoadaLua
import Synchronization
import Testing

@testable import RevoadaTasks

@Suite struct TaskRunnerTests {
  private func runner(
    _ tasks: [TaskDefinition], _ body: FakeBody, clock: ManualClock = ManualClock(skipsWaits: true),
    observer: @escaping @Sendable (TaskEvent) -> Void = { _ in }
  ) throws -> TaskRunner {
    TaskRunner(
      definitions: Dictionary(uniqueKeysWithValues: tasks.map { ($0.name, $0) }), graph: try TaskGraph(tasks),
      body: body, clock: clock, observer: observer)
  }

  @Test func outputsReachTheDependants() async throws {
    let seen = Mutex<[String: LuaValue]>([:])
    let body = FakeBody([
      "a": { _ in CommandOutcome(success: true, outputs: "from a") },
      "c": { context in
        seen.withLock { $0 = context.outputs }
        return CommandOutcome(success: true)
      },
    ])
    let runner = try runner([.make("a"), .make("b"), .make("c", after: ["a", "b"])], body)
    let results = try await runner.run(["a", "b", "c"])
    #expect(results.values.allSatisfy { $0.status == .succeeded })
    #expect(seen.withLock { $0 } == ["a": "from a", "b": .table(LuaTable())])
  }

  @Test func retriesAreTriesAfterTheFirst() async throws {
    let body = FakeBody(["a": { context in CommandOutcome(success: context.attempt == 3) }])
    let clock = ManualClock(skipsWaits: true)
    let plan = RetryPlan(retries: 2, strategy: .exponential, delay: .seconds(1))
    let results = try await runner([.make("a", retry: plan)], body, clock: clock).run(["a"])
    #expect(results["a"]?.status == .succeeded)
    #expect(results["a"]?.attempts == 3)
    #expect(results["a"]?.duration == .seconds(3))
    #expect(body.events == ["a#1", "a#2", "a#3", "a success"])
  }

  @Test func theLastFailureIsTheResultAndCallsTheHookOnce() async throws {
    let body = FakeBody(["a": { context in CommandOutcome(success: false, message: "no \(context.attempt)") }]
    )
    let results = try await runner([.make("a", retry: RetryPlan(retries: 1))], body).run(["a"])
    #expect(results["a"]?.status == .failed)
    #expect(results["a"]?.message == "no 2")
    #expect(body.events == ["a#1", "a#2", "a failed"])
  }

  @Test func anErrorIsAFailureWithItsPlace() async throws {
    let error = LuaError(.runtime, "test.lua:4: boom")
    let body = FakeBody(["a": { _ in throw error }])
    let results = try await runner([.make("a"), .make("b", after: ["a"])], body).run(["a", "b"])
    #expect(results["a"]?.error == error)
    #expect(results["b"]?.status == .skipped)
    #expect(body.events == ["a#1", "a failed"])
  }

  @Test func anAttemptThatTakesTooLongIsCancelledAndFails() async throws {
    let body = FakeBody([
      "a": { _ in
        try await waitForCancellation()
        return CommandOutcome(success: true)
      }
    ])
    let clock = ManualClock()
    let runner = try runner([.make("a", timeout: .seconds(30))], body, clock: clock)
    async let results = runner.run(["a"])
    await clock.sleepers(1)
    clock.advance(by: .seconds(30))
    let result = try await results["a"]
    #expect(result?.status == .failed)
    #expect(result?.message == "timeout exceeded (30.00s)")
    #expect(result?.duration == .seconds(30))
  }

  @Test func anAttemptInTimeLeavesNoTimerBehind() async throws {
    let clock = ManualClock()
    let runner = try runner([.make("a", timeout: .seconds(30))], FakeBody(), clock: clock)
    // Would wait for ever if the timer were not cancelled with the attempt's end.
    #expect(try await runner.run(["a"])["a"]?.status == .succeeded)
  }

  @Test func cancellationEndsTheRunWithoutHooks() async throws {
    let (started, starter) = AsyncStream<Void>.makeStream()
    let body = FakeBody([
      "a": { _ in
        starter.yield()
        try await waitForCancellation()
        return CommandOutcome(success: true)
      }
    ])
    let runner = try runner([.make("a"), .make("b", after: ["a"])], body)
    let run = Task { try await runner.run(["a", "b"]) }
    for await _ in started { break }
    run.cancel()
    let results = try await run.value
    #expect(results["a"]?.status == .cancelled)
    #expect(results["b"]?.status == .cancelled)
    #expect(body.events == ["a#1"])
  }

  @Test func aWaitBetweenTriesEndsWithTheCancellation() async throws {
    let body = FakeBody(["a": { _ in CommandOutcome(success: false) }])
    let clock = ManualClock()
    let runner = try runner([.make("a", retry: RetryPlan(retries: 5))], body, clock: clock)
    let run = Task { try await runner.run(["a"]) }
    await clock.sleepers(1)
    run.cancel()
    #expect(try await run.value["a"]?.status == .cancelled)
    #expect(body.events == ["a#1"])
  }

  @Test func theWorkflowsTimeCancelsEverything() async throws {
    let body = FakeBody([
      "a": { _ in
        try await waitForCancellation()
        return CommandOutcome(success: true)
      }
    ])
    let clock = ManualClock()
    let runner = try runner([.make("a"), .make("b", after: ["a"])], body, clock: clock)
    var configuration = WorkflowConfiguration()
    configuration.timeout = .seconds(60)
    async let results = runner.run(["a", "b"], configuration)
    await clock.sleepers(1)
    clock.advance(by: .seconds(60))
    #expect(try await results.mapValues(\.status) == ["a": .cancelled, "b": .cancelled])
  }

  @Test func noMoreTasksThanAllowedRunAtOnce() async throws {
    let tasks = (1...8).map { TaskDefinition.make("t\($0)") }
    let yielding: FakeBody.Command = { _ in
      for _ in 0..<5 { await Task.yield() }
      return CommandOutcome(success: true)
    }
    let body = FakeBody(Dictionary(uniqueKeysWithValues: tasks.map { ($0.name, yielding) }))
    var configuration = WorkflowConfiguration()
    configuration.maxParallelTasks = 3
    let results = try await runner(tasks, body).run(Set(tasks.map(\.name)), configuration)
    #expect(results.count == 8)
    #expect(body.peak <= 3)
  }

  @Test func aHooksErrorIsToldAndUndoesNothing() async throws {
    struct Broken: Error {}
    let told = Mutex<[String]>([])
    let body = FakeBody(hooks: ["a": { _ in throw Broken() }])
    let runner = try runner([.make("a"), .make("b", after: ["a"])], body) { event in
      if case .hookFailed(_, let hook, let message) = event {
        told.withLock { $0.append("\(hook): \(message)") }
      }
    }
    let results = try await runner.run(["a", "b"])
    #expect(results["a"]?.status == .succeeded)
    #expect(results["b"]?.status == .succeeded)
    #expect(told.withLock { $0 } == ["on_success: Broken()"])
  }

  @Test func theWorkflowsStrategyIsForTasksWithoutOne() async throws {
    let clock = ManualClock(skipsWaits: true)
    let body = FakeBody([
      "a": { _ in CommandOutcome(success: false) }, "b": { _ in CommandOutcome(success: false) },
    ])
    var configuration = WorkflowConfiguration()
    configuration.retryStrategy = .constant
    configuration.maxParallelTasks = 1
    let own = RetryPlan(retries: 3, strategy: .linear, delay: .seconds(1))
    let runner = try runner(
      [.make("a", retry: RetryPlan(retries: 3, delay: .seconds(1))), .make("b", retry: own)], body,
      clock: clock)
    let results = try await runner.run(["a", "b"], configuration)
    #expect(results["a"]?.duration == .seconds(3))
    #expect(results["b"]?.duration == .seconds(6))
  }

  @Test func leavingTheScriptEndsTheRun() async throws {
    let body = FakeBody([
      "a": { _ in throw LuaError(.exit(7), "exit") },
      "b": { _ in
        try await waitForCancellation()
        return CommandOutcome(success: true)
      },
    ])
    let runner = try runner([.make("a"), .make("b")], body)
    let error = await #expect(throws: LuaError.self) { try await runner.run(["a", "b"]) }
    #expect(error?.kind == .exit(7))
  }
}
