import RevoadaDiagnostics
import RevoadaScheduling

/// Runs concurrent code in virtual time and in an order drawn from a seed, so that a test of it always does the same.
///
/// ```swift
/// try await Simulation(seed: 7).run {
///   let goroutine = spawn {
///     try await sleep(for: .seconds(3600))
///     return "an hour later"
///   }
///   let answer = try await goroutine.value  // at once
///   #expect(answer == "an hour later")
/// }
/// ```
///
/// Time is virtual: it moves, to the next timer, only when every goroutine waits. The order in which ready jobs run, and the
/// random choices of `select`, are drawn from the seed: try many seeds to explore many schedules, and one to repeat one.
///
/// Everything that the body starts by `spawn`, task groups and `async let` runs in the simulation. An unstructured
/// `Task { }` does not, nor does `Task.sleep` follow its clock: use `spawn` and `sleep(for:)`. Work on other threads (`offload`,
/// I/O) is waited for, but is not repeatable.
public struct Simulation: Sendable {
  /// What decides the schedule.
  public let seed: UInt64

  /// Prepares a simulation.
  public init(seed: UInt64 = 0) { self.seed = seed }

  /// Runs `body` in the simulation, which ends with it; goroutines that are still there are abandoned where they wait.
  ///
  /// - Throws: what `body` throws; ``SimulationDeadlock`` if everything waited for ever. The body's task is then
  ///   cancelled, so that its waits end.
  public func run<Success: Sendable>(
    _ body: @escaping @Sendable () async throws -> Success
  ) async throws -> Success {
    let executor = SimulatedExecutor(seed: seed)
    let registry = WaitRegistry(noticesHolders: false)
    let deadlock = Guarded<[String]?>(nil)
    let task = Task(executorPreference: executor) {
      // As a goroutine, so that it is like all others.
      let main = spawn(name: "main", body)
      let result = await withTaskCancellationHandler {
        await main.result
      } onCancel: {
        main.cancel()
      }
      // Here, on the simulation's own thread: that the caller is slow to go on is no deadlock.
      executor.stop()
      return result
    }
    executor.start {
      // Here, on the simulation's own thread, where all of its goroutines stand still.
      let waits = registry.waits(in: executor)
      deadlock.withLock { $0 = waits }
      task.cancel()
    }
    let result = await withTaskCancellationHandler {
      await task.value
    } onCancel: {
      task.cancel()
    }
    if let waits = deadlock.withLock({ $0 }) { throw SimulationDeadlock(seed: seed, waits: waits) }
    return try result.get()
  }

  /// The virtual time since the start of the simulation that runs the calling code.
  public static var elapsed: Duration { .nanoseconds(Timers.current.now) }
}

/// Everything in a simulation waited, and no timer would ever end that.
public struct SimulationDeadlock: Error, Sendable, CustomStringConvertible {
  /// The seed that leads there.
  public let seed: UInt64
  /// A line for each goroutine: where it was spawned, and what it waits for.
  public let waits: [String]
  /// For people, in several lines.
  public var description: String {
    let shown = waits.prefix(100).map { "\n  " + $0 }.joined()
    let rest = waits.count > 100 ? "\n  and \(waits.count - 100) more" : ""
    return "deadlock: every goroutine of the simulation waits (seed \(seed))" + shown + rest
  }
}
