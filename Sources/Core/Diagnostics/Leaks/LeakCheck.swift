import RevoadaScheduling

/// Goroutines that have outlived the code that they belong to, each with the place where it was spawned and what it waits for.
public struct GoroutineLeaks: Error, Sendable, CustomStringConvertible {
  /// Those that have not ended.
  public let goroutines: [WaitSnapshot]

  /// Describes what was found.
  public init(_ goroutines: [WaitSnapshot]) { self.goroutines = goroutines }

  /// A line for each of the first hundred.
  public var description: String {
    let shown = goroutines.prefix(100).map { "\n  \($0)" }.joined()
    let rest = goroutines.count > 100 ? "\n  and \(goroutines.count - 100) more" : ""
    let what = goroutines.count == 1 ? "1 goroutine has" : "\(goroutines.count) goroutines have"
    return "\(what) not ended:" + shown + rest
  }
}

/// Finds the goroutines that some code has left behind; `withLeakCheck` of RevoadaTesting is the short way for tests.
///
/// ```swift
/// let check = LeakCheck()
/// try await check.watch { try await handleRequest() }
/// for leak in await check.leaks(after: .seconds(1)) { print(leak) }
/// ```
///
/// It knows the goroutines that were spawned in ``watch(_:)``, and those that they have spawned, by a task-local value; whatever
/// else runs in the process does not matter. A goroutine's place is that of its `spawn`.
public final class LeakCheck: Sendable {
  private let scope = WatchScope()

  /// Starts to watch.
  public init() { Watching.begin() }
  deinit { Watching.end() }

  /// Runs `body`, whose goroutines are to be checked.
  nonisolated(nonsending)
    public func watch<R>(_ body: nonisolated(nonsending) () async throws -> R) async rethrows -> R
  {
    try await Watching.$scope.withValue(scope) { try await body() }
  }

  /// The goroutines that have not ended now.
  public var leaks: [WaitSnapshot] {
    GoroutineSample.take { [scope] _, record in record.scope === scope }.sorted { $0.id < $1.id }
  }

  /// The goroutines that have not ended, some time from now: at once if there are none.
  ///
  /// - Parameter grace: how long those that are about to end may take. By the clock of the caller.
  public func leaks(after grace: Duration) async -> [WaitSnapshot] {
    var pause = Duration.microseconds(100)
    var left = grace
    while true {
      let found = leaks
      if found.isEmpty || left <= .zero { return found }
      do { try await sleep(for: min(pause, left)) } catch { return leaks }
      left -= pause
      pause *= 2
    }
  }
}
