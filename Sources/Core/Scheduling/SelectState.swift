import CRevoada

/// What the cases of one suspended select share: which of them has won.
///
/// Also the way to wait for one thing or a timer, whichever is first. Pooled flat memory, with room for the descriptions of
/// the cases behind it. A timer that fires late may come when the memory serves another select already, and is
/// told so by the generation.
@usableFromInline
package struct SelectState: FreeListed {
  // First: what others touch at any time must not be, see ARCHITECTURE.md, "Rules".
  var next: SelectPointer?
  /// The winning case, or one of the states below, in the lower half; the generation in the upper half.
  @usableFromInline var winner: UInt = 0
  /// Set before any case can be claimed.
  var continuation: UnsafeContinuation<Void, Never>?
  /// Stands for the whole select where its task is cancelled; it is in no queue.
  let node: Waiter
  /// The memory of the descriptions when there are too many for the room behind the state.
  var outOfLine: UnsafeMutableRawPointer?
  /// How many cases wait; negative for a wait with a timer. For those who look at waits.
  package var waitingCases = -1

  @usableFromInline static let open: UInt = 0xFFFF_FFFF
  /// "Won" by the cancellation of the task.
  static let cancelled: UInt = 0xFFFF_FFFE
  /// The cases are being queued: nobody can win yet.
  static let registering: UInt = 0xFFFF_FFFD
  /// Cancelled while they were being queued.
  static let cancelledEarly: UInt = 0xFFFF_FFFC
  @usableFromInline static let lowerHalf: UInt = 0xFFFF_FFFF

  fileprivate static let slots = 4
  package static let slotSize = 64
  static let shared = SharedFreeList<SelectState>()

  /// A state for one select.
  @usableFromInline
  package static func take() -> SelectPointer {
    let state = reuse() ?? make()
    let generation = (crv_load_word(&state.pointee.winner) | lowerHalf) &+ 1
    crv_store_word(&state.pointee.winner, generation | registering)
    return state
  }

  private static func reuse() -> SelectPointer? {
    if let worker = WorkerPointer.current, let state = worker.pointee.selects.take() { return state }
    return shared.take()
  }

  private static func make() -> SelectPointer {
    let memory = UnsafeMutableRawPointer.allocate(
      byteCount: MemoryLayout<SelectState>.stride + slots * slotSize, alignment: 16)
    let state = memory.bindMemory(to: SelectState.self, capacity: 1)
    state.initialize(to: SelectState(node: WaitNode.take()))
    state.pointee.node.pointee.select = state
    return state
  }

  fileprivate static func keep(_ state: SelectPointer) {
    if let worker = WorkerPointer.current, worker.pointee.selects.keep(state) { return }
    shared.keep(state)
  }

  private init(node: Waiter) { self.node = node }
}

@usableFromInline package typealias SelectPointer = UnsafeMutablePointer<SelectState>

extension UnsafeMutablePointer<SelectState> {
  /// Gives the state back: the select has been decided and no queue holds a case of it.
  @usableFromInline
  package func recycle() {
    if let memory = pointee.outOfLine {
      memory.deallocate()
      pointee.outOfLine = nil
    }
    SelectState.keep(self)
  }

  /// Room for the descriptions of `count` cases, each of `SelectState.slotSize` bytes at most; uninitialised.
  @usableFromInline
  package func room(for count: Int) -> UnsafeMutableRawPointer {
    if count <= SelectState.slots { return UnsafeMutableRawPointer(self + 1) }
    let memory = UnsafeMutableRawPointer.allocate(byteCount: count * SelectState.slotSize, alignment: 16)
    pointee.outOfLine = memory
    return memory
  }

  /// Tells this use of the memory from others, for ``claimByTimer(_:generation:)``.
  package var generation: UInt { crv_load_word(&pointee.winner) & ~SelectState.lowerHalf }

  // MARK: Deciding

  /// True for the first caller only: its case commits. Called with the lock of the case's primitive held, see ``wait(_:release:)``.
  @usableFromInline
  func claim(_ index: Int32) -> Bool { decide(from: SelectState.open, to: UInt(truncatingIfNeeded: index)) }

  private func decide(from expected: UInt, to outcome: UInt) -> Bool {
    let word = crv_load_word(&pointee.winner)
    guard word & SelectState.lowerHalf == expected else { return false }
    return crv_replace_word(&pointee.winner, word, word & ~SelectState.lowerHalf | outcome)
  }

  /// Claims a case for a timer, and wakes the select. A timer has no lock that would keep it from firing while the cases are
  /// being queued, or after the select has ended.
  package func claimByTimer(_ index: Int32, generation: UInt) {
    while crv_load_word(&pointee.winner) == generation | SelectState.registering { crv_pause() }
    guard
      crv_replace_word(
        &pointee.winner, generation | SelectState.open, generation | UInt(truncatingIfNeeded: index))
    else { return }
    resume()
  }

  /// The case that has won; negative if the task was cancelled first.
  @usableFromInline
  package var winningCase: Int {
    let outcome = crv_load_word(&pointee.winner) & SelectState.lowerHalf
    return outcome < SelectState.cancelledEarly ? Int(outcome) : -1
  }

  /// Whether no case has won yet.
  package var isOpen: Bool { crv_load_word(&pointee.winner) & SelectState.lowerHalf == SelectState.open }

  /// Where the descriptions of the cases are.
  package var descriptions: UnsafeMutableRawPointer { pointee.outOfLine ?? UnsafeMutableRawPointer(self + 1) }

  /// Wakes the select; called once, by whoever has claimed a case.
  private func resume() { pointee.continuation.unsafelyUnwrapped.resume() }

  func cancel() {
    if decide(from: SelectState.open, to: SelectState.cancelled) { return resume() }
    if decide(from: SelectState.registering, to: SelectState.cancelledEarly) { return }
    // The select may have opened between the two attempts.
    if decide(from: SelectState.open, to: SelectState.cancelled) { resume() }
  }

  // MARK: Waiting

  /// Suspends until a case is claimed or the task is cancelled.
  ///
  /// - Parameters:
  ///   - register: queues the cases. Runs under the caller's locks, if it has any, so that no case is claimed meanwhile.
  ///   - release: releases those locks. From the first release on the task may already run elsewhere: everything
  ///     is read before it.
  nonisolated(nonsending)
    package func wait(_ register: () -> Void, release: @Sendable () -> Void = {}) async
  {
    let node = pointee.node
    if let cell = GoroutineCell.ofCurrentTask {
      await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
        pointee.continuation = continuation
        register()
        publish(mayWait: cell.beginWait(node), release)
      }
      crv_awaited()
      cell.endWait(node)
      crv_set_last_cell(cell)
    } else {
      node.pointee.phase = WaitNode.registering
      let record = crv_add_cancellation_handler(node)
      await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
        pointee.continuation = continuation
        register()
        let mayWait = crv_publish_byte(&node.pointee.phase, WaitNode.registering, WaitNode.published)
        publish(mayWait: mayWait, release)
      }
      crv_awaited()
      crv_remove_cancellation_handler(record)
    }
  }

  /// Opens the select to claims and releases the locks. Not inlined, so that after the release nothing is read from the
  /// frame of the task, which may have ended by then.
  @inline(never)
  private func publish(mayWait: Bool, _ release: @Sendable () -> Void) {
    if mayWait && decide(from: SelectState.registering, to: SelectState.open) { return release() }
    let continuation = pointee.continuation.unsafelyUnwrapped
    crv_store_word(&pointee.winner, generation | SelectState.cancelled)
    release()
    continuation.resume()
  }
}
