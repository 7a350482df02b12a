import CRevoada

/// A lock for short critical sections that never suspend and never call user code.
///
/// `Synchronization.Mutex` is a priority-inheriting futex on Linux, which goes to the kernel whenever two cores meet;
/// this one spins first. It lives in memory of its own so that it can be named by a pointer in waiters.
@usableFromInline
package struct Lock: ~Copyable, @unchecked Sendable {  // the lock word is only touched by the atomics in C
  @usableFromInline package let word: UnsafeMutablePointer<crv_lock>

  @inlinable
  package init() {
    word = .allocate(capacity: 1)
    word.initialize(to: crv_lock())
  }
  @inlinable
  deinit { word.deallocate() }

  @inlinable @inline(__always)
  package borrowing func withLock<R: ~Copyable, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
    crv_lock_acquire(word)
    defer { crv_lock_release(word) }
    return try body()
  }
}

/// A value that is touched only while a ``Lock`` is held.
///
/// Where a contended `Synchronization.Mutex` is taken inside the standard library, the thread sanitizer does not see it.
package struct Guarded<Value>: ~Copyable, @unchecked Sendable {  // `value` is protected by `lock`
  private let lock = Lock()
  private let value: UnsafeMutablePointer<Value>

  package init(_ value: sending Value) {
    self.value = .allocate(capacity: 1)
    self.value.initialize(to: value)
  }
  deinit {
    value.deinitialize(count: 1)
    value.deallocate()
  }

  /// Runs `body`, which must be brief and must not suspend or call user code, with the lock held.
  package borrowing func withLock<R: ~Copyable, E: Error>(_ body: (inout Value) throws(E) -> R) throws(E) -> R
  {
    try lock.withLock { () throws(E) -> R in try body(&value.pointee) }
  }
}
