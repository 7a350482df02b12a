import CRevoada

/// Runs a blocking call on a thread of its own kind, so that it holds up no goroutine.
///
/// ```swift
/// let bytes = try await offload { try readFile(path) }
/// ```
///
/// For calls that block their thread: files, SQLite, a C library. The pool grows as calls block, up to 512
/// threads, and shrinks when they have been idle for 10 s; further calls wait their turn.
///
/// A call cannot be interrupted: when the task is cancelled, `offload` still waits for the call to end and then
/// returns its result, so that nothing that the call uses goes away under it. A call that has not started throws
/// `CancellationError` instead.
///
/// - Throws: what `body` throws; `CancellationError`.
nonisolated(nonsending)
  public func offload<Success: Sendable>(_ body: @escaping @Sendable () throws -> Success) async throws
  -> Success
{
  try Task.checkCancellation()
  defer { crv_awaited() }
  return try await withUnsafeThrowingContinuation { continuation in
    OffloadPool.shared.submit { continuation.resume(with: Result { try body() }) }
  }
}

/// Threads for calls that block.
final class OffloadPool: @unchecked Sendable {  // queue and counters are protected by `lock`
  static let shared = OffloadPool()
  private static let limit = 512
  private static let idleTime: Int64 = 10_000_000_000

  private let lock = Lock()
  private var queue: [@Sendable () -> Void] = []
  private var head = 0
  private var threads = 0
  private var idle = 0
  /// Counts submissions; idle threads sleep on it.
  private let signal: UnsafeMutablePointer<UInt32> = {
    let word = UnsafeMutablePointer<UInt32>.allocate(capacity: 1)
    word.initialize(to: 0)
    return word
  }()

  func submit(_ job: @escaping @Sendable () -> Void) {
    let startThread = lock.withLock {
      queue.append(job)
      if idle >= queue.count - head || threads >= Self.limit { return false }
      threads += 1
      return true
    }
    if startThread {
      WorkerThread.start(named: "revoada-offload", stackSize: 1 << 19) { [self] in run() }
    } else {
      _ = crv_increment(signal)
      crv_futex_wake(signal, 1)
    }
  }

  private func run() {
    while true {
      let seen = crv_load(signal)
      if let job = next() {
        job()
        continue
      }
      crv_futex_wait(signal, seen, Self.idleTime)
      let (job, ends) = wake(timedOut: crv_load(signal) == seen)
      job?()
      if ends { return }
    }
  }

  /// The next job; without one, the thread counts as idle.
  private func next() -> (@Sendable () -> Void)? {
    lock.withLock {
      if head == queue.count {
        idle += 1
        return nil
      }
      return takeFirst()
    }
  }

  private func wake(timedOut: Bool) -> (job: (@Sendable () -> Void)?, ends: Bool) {
    lock.withLock {
      idle -= 1
      if head < queue.count { return (takeFirst(), false) }
      if timedOut { threads -= 1 }
      return (nil, timedOut)
    }
  }

  private func takeFirst() -> @Sendable () -> Void {
    let job = queue[head]
    head += 1
    if head == queue.count {
      queue.removeAll(keepingCapacity: queue.capacity <= 1024)
      head = 0
    }
    return job
  }
}
