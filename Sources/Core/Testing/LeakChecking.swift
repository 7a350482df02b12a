import RevoadaDiagnostics

/// Runs `body`, and fails if goroutines that it has spawned are still there afterwards.
///
/// ```swift
/// try await withLeakCheck {
///   let answer = try await ask("anything")
///   #expect(answer == "nothing")
/// }
/// ```
///
/// Goroutines count that `body` has spawned, directly or through others, wherever they are; not those of other tests that run at the same time. In
/// a simulation the grace is virtual.
///
/// - Parameters:
///   - grace: how long goroutines that are about to end may take.
///   - body: starts goroutines.
/// - Returns: what `body` returns.
/// - Throws: what `body` throws; `GoroutineLeaks`, which says for each goroutine where it was spawned and what it waits for.
@discardableResult
nonisolated(nonsending)
  public func withLeakCheck<R>(
    grace: Duration = .seconds(1), _ body: nonisolated(nonsending) () async throws -> R
  ) async throws -> R
{
  let check = LeakCheck()
  let result = try await check.watch(body)
  let leaks = await check.leaks(after: grace)
  if !leaks.isEmpty { throw GoroutineLeaks(leaks) }
  return result
}
