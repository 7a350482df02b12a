/// What the waiters of a queue wait for, in a word: a kind, and what more is known of it.
@usableFromInline
package struct WaitAbout: Sendable {
  /// The kind in the highest byte; below it a ``WaitSubject``, or the number of a goroutine.
  private var word: UInt

  @usableFromInline
  package init(_ kind: WaitKind) { word = UInt(kind.rawValue) << 56 }

  /// The end of a goroutine.
  package init(goroutine: UInt64) { word = UInt(WaitKind.goroutine.rawValue) << 56 | UInt(goroutine) }

  package var kind: WaitKind { WaitKind(rawValue: UInt8(word >> 56)) ?? .other }
  private var payload: UInt { word & (1 << 56 - 1) }

  package var goroutine: UInt64? { kind == .goroutine ? UInt64(payload) : nil }

  package var subject: WaitSubject? {
    guard kind != .goroutine, let pointer = UnsafeRawPointer(bitPattern: payload) else { return nil }
    return Unmanaged.fromOpaque(pointer).takeUnretainedValue()
  }

  /// Notes a subject, which is kept until ``release()``.
  package mutating func note(_ subject: WaitSubject) {
    word |= UInt(bitPattern: Unmanaged.passRetained(subject).toOpaque())
  }

  /// Lets go of the subject, when the queue goes.
  package func release() {
    guard kind != .goroutine, let pointer = UnsafeRawPointer(bitPattern: payload) else { return }
    Unmanaged<WaitSubject>.fromOpaque(pointer).release()
  }
}

/// What can be waited for.
@usableFromInline
package enum WaitKind: UInt8, Sendable {
  case other
  case receive, send
  case lock, readWrite, permits, place, group, condition, once, barrier, latch
  case goroutine
  case timer
}
