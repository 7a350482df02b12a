/// What is known of something that goroutines wait for, beside its kind: its name, and who could end their waits.
///
/// There is one for what has a name, and for what is held while somebody watches.
package final class WaitSubject: Sendable {
  package let name: String?

  package struct Hold: Sendable {
    package let holder: UInt
    package let amount: Int
  }
  private struct State {
    var holds: [Hold] = []
    var size: Int?
    var senders: [AnyGoroutine]?
    var receivers: [AnyGoroutine]?
    var enders: [AnyGoroutine]?
  }
  private let state = Guarded(State())

  package init(name: String? = nil) { self.name = name }

  // MARK: Holds of what has several holders

  package var holds: [Hold] { state.withLock { $0.holds } }
  /// What can be held in all; nil if nobody has said so.
  package var size: Int? {
    get { state.withLock { $0.size } }
    set { state.withLock { $0.size = newValue } }
  }

  func hold(_ holder: UInt, _ amount: Int) {
    state.withLock { $0.holds.append(Hold(holder: holder, amount: amount)) }
  }

  func letGo(_ holder: UInt, _ amount: Int) {
    state.withLock { state in
      // Whose hold it is may be unknown by now. Then nobody's is known any more: too few are better than one too many.
      let index = state.holds.firstIndex { $0.holder == holder && $0.amount == amount }
      if let index { state.holds.remove(at: index) } else { state.holds = [] }
    }
  }

  /// The only goroutines that end waits for something else than a channel; nil if that is not known.
  package var enders: [AnyGoroutine]? {
    get { state.withLock { $0.enders } }
    set { state.withLock { $0.enders = newValue } }
  }

  // MARK: Ends of a channel

  /// The only goroutines that send to the channel; nil if that is not known.
  package var senders: [AnyGoroutine]? {
    get { state.withLock { $0.senders } }
    set { state.withLock { $0.senders = newValue } }
  }
  /// The only goroutines that receive from the channel; nil if that is not known.
  package var receivers: [AnyGoroutine]? {
    get { state.withLock { $0.receivers } }
    set { state.withLock { $0.receivers = newValue } }
  }
}

/// Who holds something: the address of a goroutine's cell, which nobody else has while the goroutine lives. 0: something else
/// than a goroutine, or one that cannot tell.
@usableFromInline
package enum HolderID {
  @usableFromInline
  package static var current: UInt { GoroutineCell.ofCurrentTask.map { UInt(bitPattern: $0) } ?? 0 }
}

extension WaitingRoom {
  /// What is known of the room's subject. Once there, it stays.
  package var subject: WaitSubject? { withLock { queue.pointee.about.subject } }

  /// With the lock held: the subject, made if there is none.
  package var madeSubject: WaitSubject {
    if let subject = queue.pointee.about.subject { return subject }
    let subject = WaitSubject()
    queue.pointee.about.note(subject)
    return subject
  }

  /// Notes that the calling goroutine holds an amount, if somebody watches; without the lock.
  ///
  /// Only for what the same goroutine lets go again: a permit that another one may return makes nobody its holder.
  /// - Parameters:
  ///   - amount: permits, or a kind of access.
  ///   - size: how many permits there are; asked for under the lock.
  /// - Returns: for ``letGo(_:_:)``; 0 if nothing was noted.
  package func hold(_ amount: Int, of size: @autoclosure () -> Int? = nil) -> UInt {
    if !Watching.noticesHolders { return 0 }
    let holder = HolderID.current
    if holder == 0 { return 0 }
    withLock {
      let subject = madeSubject
      subject.size = size()
      subject.hold(holder, amount)
    }
    return holder
  }

  /// Takes the note back, before the amount is released.
  package func letGo(_ holder: UInt, _ amount: Int) {
    if holder != 0 { subject?.letGo(holder, amount) }
  }
}
