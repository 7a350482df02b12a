import CRevoada
import RevoadaScheduling

/// Which case a select takes when several are ready.
public enum SelectOrder: Sendable {
  /// Any of them, at random: none starves.
  case random
  /// The one listed first.
  case biased
}

/// Waits until one of several things can happen, does exactly that one, and runs its handler.
///
/// ```swift
/// let answer = try await select {
///   Receive(jobs) { job in job.map(String.init) ?? "closed" }
///   Send("hello", to: greetings) { "sent" }
///   After(.seconds(1)) { "late" }
/// }
/// ```
///
/// Exactly one case commits. The others leave nothing behind: no element is taken or sent, no permit acquired. With a
/// ``Default`` the select does not wait. A handler runs after the select is decided, without any lock; it may
/// suspend. A select without cases waits until it is cancelled.
///
/// The order in which the cases' locks are taken, by address, and the commit by one compare-and-swap follow Go's
/// `selectgo` (runtime/select.go).
///
/// - Parameters:
///   - order: which of several ready cases is taken.
///   - cases: the cases; `if`, `switch` and `for` may be used among them.
/// - Returns: what the handler returns.
/// - Throws: what the handler throws; `CancellationError` if the task is cancelled while the select waits, and then no
///   case has committed; ``ChannelClosed`` if a ``Send`` is chosen whose channel is closed.
@inlinable
nonisolated(nonsending)
  public func select<Output, Cases: SelectCases<Output>>(
    _ order: SelectOrder = .random, @SelectBuilder<Output> _ cases: () throws -> Cases
  ) async throws -> Output
{
  let cases = try cases()
  let count = cases.caseCount
  let state = SelectState.take()
  let slots = state.slots(count)
  cases.describe(slots)
  slots.order(count, biased: order == .biased)
  var chosen = slots.commitOne(of: count)
  if chosen == nil {
    await slots.wait(for: count, state)
    chosen = slots.conclude(count, state)
  }
  cases.settle(slots, chosen: chosen ?? -1)
  // The slots name channels and locks that only the cases keep.
  withExtendedLifetime(cases) {}
  guard let chosen, chosen >= 0 else {
    state.recycle()
    throw CancellationError()
  }
  let slot = slots[chosen]
  state.recycle()
  return try await cases.finish(slot, index: chosen)
}

extension SelectPointer {
  @usableFromInline
  func slots(_ count: Int) -> UnsafeMutablePointer<SelectSlot> {
    room(for: count).bindMemory(to: SelectSlot.self, capacity: count)
  }
}

/// The loop of a select over its cases; not generic, so compiled once.
extension UnsafeMutablePointer<SelectSlot> {
  /// Draws the order in which cases are tried, and queue: two may wait in the same queue, where the first is served.
  @usableFromInline
  func order(_ count: Int, biased: Bool) {
    // A permutation built from the front: Durstenfeld's shuffle, "inside-out".
    for index in 0..<count {
      let other = biased ? index : Int(crv_random() % UInt64(index + 1))
      if other != index { self[index].order = self[other].order }
      self[other].order = Int32(index)
    }
  }

  /// Commits a case that is ready, or the default case, and returns its index. Nil: none is, and the locks are still held.
  @usableFromInline
  func commitOne(of count: Int) -> Int? {
    var wake = Wakeup.none
    let chosen = withLocks(of: count) { locks in
      locks.acquire()
      var chosen: Int?
      var fallback: Int?
      for turn in 0..<count {
        let index = Int(self[turn].order)
        if (self + index).commitIfReady(wake: &wake) {
          chosen = index
          break
        }
        if self[index].kind == .fallback { fallback = index }
      }
      chosen = chosen ?? fallback
      if chosen != nil { locks.release() }
      return chosen
    }
    wake()
    return chosen
  }

  /// Queues all cases and suspends until one is chosen; called with the locks held, releases them.
  @usableFromInline
  nonisolated(nonsending)
    func wait(for count: Int, _ state: SelectPointer) async
  {
    nonisolated(unsafe) let slots = self  // pooled memory, which stays while the select waits
    state.pointee.waitingCases = count
    await state.wait(
      {
        for turn in 0..<count {
          let index = slots[turn].order; (slots + Int(index)).enqueue(state, index: index)
        }
      },
      release: { slots.withLocks(of: count) { $0.release() } })
  }

  /// Takes all cases out of their queues; the chosen one, negative if the task was cancelled first.
  @usableFromInline
  func conclude(_ count: Int, _ state: SelectPointer) -> Int {
    let chosen = state.winningCase
    for index in 0..<count {
      if index != chosen { (self + index).leaveQueue() } else { (self + index).takeOutcome() }
    }
    return chosen
  }

  private func withLocks<R>(of count: Int, _ body: (LockList) -> R) -> R {
    withUnsafeTemporaryAllocation(of: UnsafeMutablePointer<crv_lock>.self, capacity: count) { buffer in
      body(LockList(self, count, buffer))
    }
  }
}

/// The locks of a select's cases, each once, in the order of their addresses, so that two selects cannot wait for each other.
private struct LockList {
  private let locks: UnsafeMutablePointer<UnsafeMutablePointer<crv_lock>>?
  private var count = 0

  init(
    _ slots: UnsafeMutablePointer<SelectSlot>, _ count: Int,
    _ buffer: UnsafeMutableBufferPointer<UnsafeMutablePointer<crv_lock>>
  ) {
    locks = buffer.baseAddress
    for index in 0..<count {
      if let lock = (slots + index).lock { insert(lock) }
    }
  }

  /// Insertion sort: there are few cases.
  private mutating func insert(_ lock: UnsafeMutablePointer<crv_lock>) {
    guard let locks else { return }
    var place = count
    while place > 0, locks[place - 1] >= lock {
      if locks[place - 1] == lock { return }
      place -= 1
    }
    (locks + place + 1).update(from: locks + place, count: count - place)
    locks[place] = lock
    count += 1
  }

  func acquire() { for index in 0..<count { crv_lock_acquire(locks.unsafelyUnwrapped[index]) } }
  func release() { for index in 0..<count { crv_lock_release(locks.unsafelyUnwrapped[index]) } }
}
