import RevoadaScheduling

/// A value that one task at a time may use, across suspensions too.
///
/// ```swift
/// let counter = AsyncMutex(0)
/// try await counter.withLock { $0 += 1 }
/// ```
///
/// Waiters queue in the order of arrival. A running task may take a free lock ahead of them, which keeps the lock busy while
/// the first of them is being woken; but once a waiter has waited 1 ms, the lock is handed to it, so nobody starves.
/// (The two modes of Go's `sync.Mutex`.) An uncontended lock costs about 10 ns.
///
/// The lock is not reentrant: `withLock` inside `withLock` of the same mutex waits for itself.
public final class AsyncMutex<Value>: @unchecked Sendable {
  // `value` is touched by the holder of the lock only.

  @usableFromInline let lock: MutexLock
  @exclusivity(unchecked) @usableFromInline var value: Value

  /// Creates an unlocked mutex around a value.
  /// - Parameters:
  ///   - value: what only the holder of the lock may use.
  ///   - name: for diagnostics.
  public init(_ value: sending Value, name: String? = nil) {
    self.value = value
    lock = MutexLock(name: name)
  }

  /// Runs `body` with exclusive use of the value; it may suspend. Suspends until the lock is free.
  ///
  /// - Throws: what `body` throws; `CancellationError` if the task is cancelled while it waits, and then `body` has
  ///   not run.
  @inlinable @inline(__always)
  nonisolated(nonsending)
    public func withLock<R>(_ body: nonisolated(nonsending) (inout Value) async throws -> R) async throws -> R
  {
    if !lock.tryAcquire() { try await lock.acquireWaiting() }
    let isNoted = lock.noteHolder()
    defer { lock.release(isNoted: isNoted) }
    return try await body(&value)
  }

  /// The same for a body that does not suspend: the cheaper form.
  @inlinable @inline(__always)
  nonisolated(nonsending)
    public func withLock<R>(_ body: (inout Value) throws -> R) async throws -> R
  {
    if !lock.tryAcquire() { try await lock.acquireWaiting() }
    defer { lock.release() }
    return try body(&value)
  }

  /// Runs `body` if the lock is free, else returns nil at once.
  public func withLockIfAvailable<R>(_ body: (inout Value) throws -> R) rethrows -> R? {
    guard lock.tryAcquire() else { return nil }
    defer { lock.release() }
    return try body(&value)
  }

  /// Runs `body` with exclusive use of the value, blocking the calling *thread* until the lock is free; for code outside
  /// of tasks.
  public func withLockBlocking<R>(_ body: (inout Value) throws -> R) rethrows -> R {
    lock.acquireBlocking()
    defer { lock.release() }
    return try body(&value)
  }
}
