import CRevoada
import RevoadaScheduling

/// Lets tasks wait until a value under an ``AsyncMutex`` has become what they need, as a condition variable does.
///
/// ```swift
/// let queue = AsyncMutex([Job]())
/// let arrived = Condition()
/// let worker = spawn {
///   try await queue.withLock(waitingFor: arrived, until: { !$0.isEmpty }) { $0.removeFirst() }
/// }
/// try await queue.withLock { $0.append(job) }
/// arrived.signal()
/// ```
public final class Condition: Sendable {
  package let room: WaitingRoom

  /// Creates a condition that nobody waits for.
  /// - Parameter name: for diagnostics.
  public init(name: String? = nil) { room = WaitingRoom(.condition, name: name) }

  /// Wakes the task that has waited longest, if any: it looks at its predicate again.
  public func signal() {
    room.serve { served in
      if let node = room.popFirst() { served.append(node.granted()) }
    }
  }

  /// Wakes all waiting tasks.
  public func broadcast() {
    room.serve { served in
      while let node = room.popFirst() { served.append(node.granted()) }
    }
  }
}

extension AsyncMutex {
  /// Runs `body` with exclusive use of the value once `predicate` holds for it.
  ///
  /// While it does not, the lock is free and the task waits for a ``Condition/signal()`` or
  /// ``Condition/broadcast()``. Both closures run under the lock.
  ///
  /// - Throws: what `body` throws; `CancellationError`, and then `body` has not run. A signal that reached the task before the
  ///   cancellation is passed on.
  nonisolated(nonsending)
    public func withLock<R>(
      waitingFor condition: Condition, until predicate: (Value) -> Bool, _ body: (inout Value) throws -> R
    ) async throws -> R
  {
    var signalled = false
    while true {
      do {
        if !lock.tryAcquire() { try await lock.acquireWaiting() }
      } catch {
        if signalled { condition.signal() }
        throw error
      }
      if predicate(value) {
        defer { lock.release() }
        return try body(&value)
      }
      // Queued before the lock is free: no signal that follows a change of the value can be missed.
      let outcome = await condition.room.wait { _ in
        lock.release()
        return false
      }
      if outcome == .cancelled { throw CancellationError() }
      signalled = true
    }
  }

  /// The same for a plain thread, which blocks.
  public func withLockBlocking<R>(
    waitingFor condition: Condition, until predicate: (Value) -> Bool, _ body: (inout Value) throws -> R
  ) rethrows -> R {
    while true {
      lock.acquireBlocking()
      if predicate(value) {
        defer { lock.release() }
        return try body(&value)
      }
      _ = condition.room.waitBlocking { _ in
        lock.release()
        return false
      }
    }
  }
}
