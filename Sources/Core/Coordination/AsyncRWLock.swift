import RevoadaScheduling

/// A value that many tasks may read at once, or one may change.
///
/// ```swift
/// let prices = AsyncRWLock(["tea": 3])
/// let price = try await prices.withReadLock { $0["tea"] }
/// try await prices.withWriteLock { $0["tea"] = 4 }
/// ```
///
/// Strictly first come, first served: readers that arrive after a waiting writer wait behind it, so neither side starves.
/// Not reentrant: a reader that asks for the lock again while a writer waits, waits for itself. A reader that may turn out to be
/// a writer uses ``withUpgradeableReadLock(_:)``.
///
/// Cost: about 10 ns to take a free lock and give it back.
public final class AsyncRWLock<Value: Sendable>: @unchecked Sendable {
  // `value` is touched under the lock it guards.

  @usableFromInline package let gate: ReadWriteGate
  @exclusivity(unchecked) @usableFromInline var value: Value

  /// Creates an unlocked value.
  /// - Parameters:
  ///   - value: what the lock guards.
  ///   - name: for diagnostics.
  public init(_ value: Value, name: String? = nil) {
    self.value = value
    gate = ReadWriteGate(name: name)
  }

  /// Runs `body` with the value, while other readers may do so too. Suspends until no writer is before it.
  /// - Throws: what `body` throws; `CancellationError`, and then `body` has not run.
  @inlinable @inline(__always)
  nonisolated(nonsending)
    public func withReadLock<R>(_ body: nonisolated(nonsending) (Value) async throws -> R) async throws -> R
  {
    try await gate.acquire(.read)
    let hold = gate.hold(.read)
    defer { gate.release(.read, noted: hold) }
    return try await body(value)
  }

  /// The same for a body that does not suspend: the cheaper form.
  @inlinable @inline(__always)
  nonisolated(nonsending)
    public func withReadLock<R>(_ body: (Value) throws -> R) async throws -> R
  {
    try await gate.acquire(.read)
    defer { gate.release(.read) }
    return try body(value)
  }

  /// Runs `body` with exclusive use of the value. Suspends until it has it.
  /// - Throws: what `body` throws; `CancellationError`, and then `body` has not run.
  @inlinable @inline(__always)
  nonisolated(nonsending)
    public func withWriteLock<R>(
      _ body: nonisolated(nonsending) (inout Value) async throws -> R
    ) async throws -> R
  {
    try await gate.acquire(.write)
    let hold = gate.hold(.write)
    defer { gate.release(.write, noted: hold) }
    return try await body(&value)
  }

  /// The same for a body that does not suspend: the cheaper form.
  @inlinable @inline(__always)
  nonisolated(nonsending)
    public func withWriteLock<R>(_ body: (inout Value) throws -> R) async throws -> R
  {
    try await gate.acquire(.write)
    defer { gate.release(.write) }
    return try body(&value)
  }

  /// Blocks the calling *thread* instead of suspending; for code outside of tasks.
  public func withReadLockBlocking<R>(_ body: (Value) throws -> R) rethrows -> R {
    gate.acquireBlocking(.read)
    defer { gate.release(.read) }
    return try body(value)
  }

  /// Blocks the calling *thread* instead of suspending; for code outside of tasks.
  public func withWriteLockBlocking<R>(_ body: (inout Value) throws -> R) rethrows -> R {
    gate.acquireBlocking(.write)
    defer { gate.release(.write) }
    return try body(&value)
  }
}
