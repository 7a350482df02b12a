import RevoadaChannels
import RevoadaScheduling

/// Counts work in progress and lets tasks wait for the end of all of it, as Go's `sync.WaitGroup`.
///
/// ```swift
/// let group = WaitGroup()
/// for url in urls {
///   group.add(1)
///   spawn {
///     defer { group.done() }
///     try await fetch(url)
///   }
/// }
/// try await group.wait()
/// ```
public final class WaitGroup: @unchecked Sendable {  // `counter` is protected by `room`
  package let room: WaitingRoom
  private var counter = 0

  /// Creates a group with nothing to wait for.
  /// - Parameter name: for diagnostics.
  public init(name: String? = nil) { room = WaitingRoom(.group, name: name) }

  /// The work in progress.
  public var count: Int { room.withLock { counter } }

  /// Adds `delta`, which may be negative. At zero every waiter goes on. A counter below zero is a programmer error.
  public func add(_ delta: Int = 1) {
    room.serve { served in
      counter += delta
      precondition(counter >= 0, "the wait group's counter became negative: \(counter) after adding \(delta)")
      guard counter == 0 else { return }
      while let node = room.popFirst() { served.append(node.granted()) }
    }
  }

  /// Takes one off.
  public func done() { add(-1) }

  /// Suspends until the counter is zero.
  /// - Throws: `CancellationError`.
  nonisolated(nonsending)
    public func wait() async throws
  {
    if await room.wait(unless: { _ in counter == 0 }) == .cancelled { throw CancellationError() }
  }

  /// Blocks the calling *thread* until the counter is zero; for code outside of tasks.
  public func waitBlocking() { _ = room.waitBlocking { _ in counter == 0 } }

  fileprivate func selectCase<Output>(_ handler: @escaping () async throws -> Output) -> SelectCase<Output> {
    SelectCase(RoomWaiting((room.lock, room.queue), attempt: { _ in self.counter == 0 }), finish: handler)
  }
}

/// A case of a select that is ready when a wait group's counter is zero.
public struct Finished<Output>: SelectCaseSource {
  /// The case.
  public let selectCase: SelectCase<Output>

  /// Ready when the counter of `group` is zero.
  public init(_ group: WaitGroup, _ handler: @escaping () async throws -> Output) {
    selectCase = group.selectCase(handler)
  }
}
