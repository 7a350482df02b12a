import Revoada

/// The process's scheduler, with two workers; the first who asks installs it.
package let installedScheduler: Scheduler? = {
  Scheduler.installGlobally(workers: 2)
  return Scheduler.global
}()

/// Runs `body`, as a goroutine, on a scheduler of its own; what it spawns runs there too.
package func onWorkers<T: Sendable>(
  _ count: Int, _ body: @escaping @Sendable () async throws -> T
) async throws -> T {
  let scheduler = Scheduler(workers: count)
  return try await Task(executorPreference: scheduler) { try await spawn(body).value }.value
}

/// Lets others run until `condition` holds; for events that are certain to come.
package func until(_ condition: () -> Bool) async { while !condition() { await Task.yield() } }
