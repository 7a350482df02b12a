import Revoada

/// Starts `count` goroutines and plain tasks in turn, cancels about half of them at random moments, waits for all.
package func cancelStorm(
  _ count: Int, seed: UInt64, _ body: @escaping @Sendable (Int) async throws -> Void
) async {
  var generator = SeededGenerator(seed: seed)
  var waits: [@Sendable () async -> Void] = []
  var cancels: [@Sendable () -> Void] = []
  for index in 0..<count {
    if index % 2 == 0 {
      let goroutine = spawn { try await body(index) }
      cancels.append { goroutine.cancel() }
      waits.append { _ = await goroutine.result }
    } else {
      let task = Task { try await body(index) }
      cancels.append { task.cancel() }
      waits.append { _ = await task.result }
    }
    if Int.random(in: 0..<4, using: &generator) == 0 { await Task.yield() }
    if Int.random(in: 0..<2, using: &generator) == 0 {
      cancels[Int.random(in: 0..<cancels.count, using: &generator)]()
    }
  }
  for wait in waits { await wait() }
}

/// Starts `count` goroutines, runs `meanwhile`, cancels all of them and waits for them.
package func cancelAll(
  _ count: Int, _ body: @escaping @Sendable (Int) async throws -> Void,
  meanwhile: @Sendable () async throws -> Void = { await Task.yield() }
) async throws {
  let goroutines = (0..<count).map { index in spawn { try await body(index) } }
  try await meanwhile()
  for goroutine in goroutines { goroutine.cancel() }
  for goroutine in goroutines { _ = await goroutine.result }
}
