import CRevoada

/// A lock for short critical sections that never suspend and never call user code.
///
/// `Synchronization.Mutex` is a priority-inheriting futex on Linux, which goes to the kernel whenever two cores meet;
/// this one spins first. It lives in memory of its own so that it can be named by a pointer in waiters.
@usableFromInline
package struct Lock: ~Copyable, @unchecked Sendable {  // the lock word is only touched by the atomics in C
  @usableFromInline let word: UnsafeMutablePointer<crv_lock>

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
