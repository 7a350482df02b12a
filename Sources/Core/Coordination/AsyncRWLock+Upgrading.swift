import RevoadaChannels
import RevoadaScheduling

/// A read-write lock whose readers can become writers without letting go: what every ``AsyncRWLock`` is.
public typealias UpgradeableRWLock<Value: Sendable> = AsyncRWLock<Value>

/// A reader asked to become a writer while another reader already waits to become one.
///
/// Both would wait for the other to leave. The one that gets this error still has its read lock: it should leave, and come back as a
/// writer.
public struct UpgradePending: Error, Sendable, Equatable, CustomStringConvertible {
  /// Creates the error.
  public init() {}
  /// A sentence for people.
  public var description: String { "another upgrade is pending" }
}

/// A reader asked to become a writer although it is not reading: inside of its own upgrade.
public struct LockNotHeld: Error, Sendable, Equatable, CustomStringConvertible {
  /// A sentence for people.
  public var description: String { "upgrade of a lock that is not held for reading" }
}

extension AsyncRWLock {
  /// Reads the value, and may become its only user.
  public struct Reader: ~Copyable {
    @usableFromInline let lock: AsyncRWLock

    fileprivate init(_ lock: AsyncRWLock) { self.lock = lock }

    /// The value, as it is now: after an upgrade, as that has left it.
    public var value: Value { lock.value }

    /// Runs `body` with exclusive use of the value once the other readers have left, and goes on as a reader.
    ///
    /// No writer comes in between: what was read still holds in `body`. Readers that come later wait until it has ended.
    ///
    /// - Throws: ``UpgradePending`` at once if another reader waits for its upgrade; `CancellationError`; in both cases `body` has
    ///   not run, and the caller still reads. ``LockNotHeld`` inside of an upgrade. What `body` throws.
    nonisolated(nonsending)
      public borrowing func upgrade<R>(
        _ body: nonisolated(nonsending) (inout Value) async throws -> R
      ) async throws -> R
    {
      try await lock.upgraded(body)
    }

    /// Runs `body` with exclusive use of the value if no other reader is inside, and goes on as a reader; nil at once otherwise.
    /// - Throws: what `body` throws.
    public borrowing func tryUpgrade<R>(_ body: (inout Value) throws -> R) rethrows -> R? {
      try lock.gate.tryUpgrade() ? lock.writing(body) : nil
    }

    /// ``upgrade(_:)`` for a plain thread, which blocks.
    public borrowing func upgradeBlocking<R>(_ body: (inout Value) throws -> R) throws -> R {
      try AsyncRWLock.check(lock.gate.upgradeBlocking())
      return try lock.writing(body)
    }
  }

  // In the lock rather than in `Reader`: for the thread sanitizer, `&lock.value` would change the lock itself.

  nonisolated(nonsending)
    fileprivate func upgraded<R>(
      _ body: nonisolated(nonsending) (inout Value) async throws -> R
    ) async throws -> R
  {
    try Self.check(try await gate.upgrade())
    defer { gate.downgrade() }
    return try await body(&value)
  }

  /// As the holder of the write lock, who is a reader afterwards.
  fileprivate func writing<R>(_ body: (inout Value) throws -> R) rethrows -> R {
    defer { gate.downgrade() }
    return try body(&value)
  }

  private static func check(_ upgrade: ReadWriteGate.Upgrade) throws {
    switch upgrade {
    case .upgraded: break
    case .otherIsPending: throw UpgradePending()
    case .notHeld: throw LockNotHeld()
    }
  }

  /// Runs `body` as a reader that may become a writer. Suspends until no writer is before it.
  ///
  /// ```swift
  /// let user = try await users.withUpgradeableReadLock { reader in
  ///   if let known = reader.value[id] { return known }
  ///   return try await reader.upgrade { users in
  ///     let loaded = try await load(id)
  ///     users[id] = loaded
  ///     return loaded
  ///   }
  /// }
  /// ```
  ///
  /// - Throws: what `body` throws; `CancellationError`, and then `body` has not run.
  nonisolated(nonsending)
    public func withUpgradeableReadLock<R>(
      _ body: nonisolated(nonsending) (borrowing Reader) async throws -> R
    ) async throws -> R
  {
    try await gate.acquire(.read)
    let hold = gate.hold(.read)
    defer { gate.release(.read, noted: hold) }
    return try await body(Reader(self))
  }

  /// Runs `body` with exclusive use of the value, and then `reading` as a reader: no other writer comes in between.
  /// - Throws: what the bodies throw; `CancellationError`, and then none has run.
  nonisolated(nonsending)
    public func withWriteLock<Written, R>(
      _ body: nonisolated(nonsending) (inout Value) async throws -> Written,
      downgraded reading: nonisolated(nonsending) (Written, borrowing Reader) async throws -> R
    ) async throws -> R
  {
    try await gate.acquire(.write)
    let written: Written
    do { written = try await body(&value) } catch {
      gate.release(.write)
      throw error
    }
    gate.downgrade()
    defer { gate.release(.read) }
    return try await reading(written, Reader(self))
  }

  /// ``withUpgradeableReadLock(_:)`` for a plain thread, which blocks.
  public func withUpgradeableReadLockBlocking<R>(
    _ body: (borrowing Reader) throws -> R
  ) rethrows -> R {
    gate.acquireBlocking(.read)
    defer { gate.release(.read) }
    return try body(Reader(self))
  }

  /// ``withWriteLock(_:downgraded:)`` for a plain thread, which blocks.
  public func withWriteLockBlocking<Written, R>(
    _ body: (inout Value) throws -> Written, downgraded reading: (Written, borrowing Reader) throws -> R
  ) rethrows -> R {
    gate.acquireBlocking(.write)
    let written: Written
    do { written = try body(&value) } catch {
      gate.release(.write)
      throw error
    }
    gate.downgrade()
    defer { gate.release(.read) }
    return try reading(written, Reader(self))
  }

  /// A case of a select whose handler reads the value, and may become its only user; ready when no writer is before it.
  public func whenUpgradeable<Output>(
    _ handler: @escaping (borrowing Reader) async throws -> Output
  ) -> SelectCase<Output> {
    gate.selectCase(.read) {
      defer { self.gate.release(.read) }
      return try await handler(Reader(self))
    }
  }
}
