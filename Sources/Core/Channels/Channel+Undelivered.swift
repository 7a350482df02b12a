import CRevoada
import RevoadaScheduling

extension Channel where Element: ~Copyable {
  /// Hands an element that the overflow policy dropped to `onUndelivered`; without the lock.
  ///
  /// A callback may send to its own channel. If that had to drop again, it would call back again, and so on until the stack is
  /// full: such a send gets its element back as `full` instead, see ``isReportingDrop``.
  func report(_ element: consuming Element, _ reason: UndeliveredReason) {
    guard let onUndelivered else { return }
    let frame = UnsafeMutablePointer<DroppingFrame>.allocate(capacity: 1)
    frame.initialize(to: DroppingFrame(channel: UnsafeRawPointer(state), outer: crv_dropping()))
    crv_set_dropping(frame)
    onUndelivered(element, reason)
    crv_set_dropping(frame.pointee.outer)
    frame.deallocate()
  }

  /// Whether the calling code runs in this channel's callback for a dropped element.
  var isReportingDrop: Bool {
    var next = crv_dropping()
    while let frame = next?.assumingMemoryBound(to: DroppingFrame.self) {
      if frame.pointee.channel == UnsafeRawPointer(state) { return true }
      next = frame.pointee.outer
    }
    return false
  }

  /// Counts and reports an element that was on its way to this channel and will not arrive.
  @usableFromInline
  func discard(_ element: consuming Element, _ reason: UndeliveredReason) {
    withLock { state in
      state.pointee.sent &+= 1
      if reason == .superseded || reason == .disconnected {
        state.pointee.dropped &+= 1
      } else {
        state.pointee.undelivered &+= 1
      }
    }
    onUndelivered?(element, reason)
  }

  /// Throws away what is buffered: counted, and reported as ``UndeliveredReason/abandoned``.
  func abandonBuffered() {
    while let element = takeAbandoned() { onUndelivered?(element, .abandoned) }
  }

  private func takeAbandoned() -> Element? {
    crv_lock_acquire(state.lock)
    defer { crv_lock_release(state.lock) }
    if state.pointee.count == 0 { return nil }
    let element = (buffer + state.pointee.head).move()
    state.pointee.advanceHead()
    state.pointee.undelivered &+= 1
    return element
  }
}

/// One callback under way on a thread.
private struct DroppingFrame {
  let channel: UnsafeRawPointer
  let outer: UnsafeMutableRawPointer?
}
