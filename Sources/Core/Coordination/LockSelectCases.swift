import RevoadaChannels

/// A case of a select that locks a mutex; the handler uses the value, and the lock is released after it.
public struct Locked<Value, Output>: SelectCaseSource {
  /// The case.
  public let selectCase: SelectCase<Output>

  /// Ready when `mutex` is free.
  public init(_ mutex: AsyncMutex<Value>, _ handler: @escaping (inout Value) async throws -> Output) {
    selectCase = mutex.lock.selectCase {
      let isNoted = mutex.lock.noteHolder()
      defer { mutex.lock.release(isNoted: isNoted) }
      return try await handler(&mutex.value)
    }
  }
}

/// A case of a select that takes a read or write lock; the lock is released after the handler.
extension AsyncRWLock {
  /// Ready when no writer is before it.
  public func whenReadable<Output>(_ handler: @escaping (Value) async throws -> Output) -> SelectCase<Output>
  {
    gate.selectCase(.read) {
      defer { self.gate.release(.read) }
      return try await handler(self.value)
    }
  }

  /// Ready when the lock is free.
  public func whenWritable<Output>(
    _ handler: @escaping (inout Value) async throws -> Output
  ) -> SelectCase<Output> {
    gate.selectCase(.write) {
      defer { self.gate.release(.write) }
      return try await handler(&self.value)
    }
  }
}
