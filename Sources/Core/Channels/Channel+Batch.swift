import CRevoada
import RevoadaScheduling

/// Several elements for one lock: for those who pass on many in a row, as pipelines do.
extension Channel where Element: ~Copyable {
  /// Receives up to `limit` elements without waiting, into uninitialised memory.
  ///
  /// - Returns: how many; 0 if there are none now, negative if there will be none.
  @inlinable
  package func tryReceive(into memory: UnsafeMutablePointer<Element>, limit: Int) -> Int {
    if limit <= 0 { return 0 }
    let state = state
    crv_lock_acquire(state.lock)
    if state.pointee.count == 0 {
      // Nothing buffered: at most what one sender waits with.
      guard let sender = state.pointee.senders.popFirst() else {
        let isClosed = state.pointee.isClosed
        crv_lock_release(state.lock)
        return isClosed ? -1 : 0
      }
      memory.moveInitialize(from: sender.slot(for: Element.self), count: 1)
      state.pointee.sent &+= 1
      state.pointee.received &+= 1
      let wake = sender.granted()
      crv_lock_release(state.lock)
      wake()
      return 1
    }
    let taken = Swift.min(limit, state.pointee.count)
    let untilEnd = Swift.min(taken, state.pointee.capacity &- state.pointee.head)
    memory.moveInitialize(from: buffer + state.pointee.head, count: untilEnd)
    (memory + untilEnd).moveInitialize(from: buffer, count: taken &- untilEnd)
    state.pointee.head = taken == untilEnd ? state.pointee.head &+ taken : taken &- untilEnd
    if state.pointee.head == state.pointee.capacity { state.pointee.head = 0 }
    state.pointee.count &-= taken
    state.pointee.received &+= taken
    // One at a time: what a woken sender does must not run under the lock.
    while state.pointee.count < state.pointee.capacity, let sender = state.pointee.senders.popFirst() {
      (buffer + state.pointee.tail).moveInitialize(from: sender.slot(for: Element.self), count: 1)
      state.pointee.count &+= 1
      state.pointee.sent &+= 1
      let wake = sender.granted()
      crv_lock_release(state.lock)
      wake()
      crv_lock_acquire(state.lock)
    }
    crv_lock_release(state.lock)
    return taken
  }

  /// Sends the first elements of `memory` without waiting, as many as there are receivers and room in the buffer for. The
  /// overflow policy does not matter.
  ///
  /// - Returns: how many were moved out of `memory`; negative if the channel is closed.
  @inlinable
  package func trySend(from memory: UnsafeMutablePointer<Element>, count: Int) -> Int {
    let state = state
    var moved = 0
    crv_lock_acquire(state.lock)
    while moved < count, !state.pointee.isClosed, let receiver = state.pointee.receivers.popFirst() {
      receiver.slot(for: Element.self).moveInitialize(from: memory + moved, count: 1)
      moved &+= 1
      state.pointee.sent &+= 1
      state.pointee.received &+= 1
      let wake = receiver.granted()
      crv_lock_release(state.lock)
      wake()
      crv_lock_acquire(state.lock)
    }
    if state.pointee.isClosed {
      crv_lock_release(state.lock)
      return moved > 0 ? moved : -1
    }
    let room = Swift.min(count &- moved, state.pointee.capacity &- state.pointee.count)
    if room > 0 {
      let tail = state.pointee.tail
      let untilEnd = Swift.min(room, state.pointee.capacity &- tail)
      (buffer + tail).moveInitialize(from: memory + moved, count: untilEnd)
      buffer.moveInitialize(from: memory + moved + untilEnd, count: room &- untilEnd)
      state.pointee.count &+= room
      state.pointee.sent &+= room
      moved &+= room
    }
    crv_lock_release(state.lock)
    return moved
  }
}
