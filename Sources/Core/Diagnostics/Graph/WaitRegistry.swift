import RevoadaScheduling

/// Who waits for what: while there is a registry, goroutines are watched.
///
/// ```swift
/// let registry = WaitRegistry()
/// for wait in registry.graph().waits { print(wait) }
/// ```
///
/// What goroutines wait for is in their cells and queues anyway and is read from there: being watched adds nothing to a channel
/// operation. What it adds is a list of goroutines at spawn and end, and the holders of permits and of locks whose critical sections
/// can suspend. Nothing at all is added while there is neither a registry, nor a started ``DeadlockDetector`` or ``Profiler``.
///
/// Goroutines that were spawned before are not watched: make a registry first thing in `main`.
public final class WaitRegistry: Sendable {
  private let noticesHolders: Bool

  /// Starts to watch.
  public convenience init() { self.init(noticesHolders: true) }
  /// - Parameter noticesHolders: whether locks and permits note who holds them.
  package init(noticesHolders: Bool) {
    self.noticesHolders = noticesHolders
    Watching.begin(holders: noticesHolders)
  }
  deinit { Watching.end(holders: noticesHolders) }

  /// Looks at all goroutines that were spawned while somebody watched, and at those of `sources`.
  ///
  /// Costs some hundred nanoseconds a goroutine, in which it cannot go on; the others can.
  public func graph(including sources: [any WaitSource] = []) -> WaitGraph {
    WaitGraph(GoroutineSample.take { _, _ in true } + sources.flatMap { $0.snapshots() })
  }

  /// A line for each goroutine that waits in a simulation or script.
  package func waits(in host: any HostedExecutor) -> [String] {
    let timers = host.timers
    return WaitGraph(GoroutineSample.take { $1.world === timers }).waits.map(\.description)
  }
}

extension WaitGraph {
  /// Those who wait, in the order of their numbers.
  public var waits: [WaitSnapshot] {
    waiters.values.filter { !$0.cases.isEmpty }.sorted { $0.id < $1.id }
  }
}
