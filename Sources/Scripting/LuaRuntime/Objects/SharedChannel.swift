import LuaShim

/// A channel that several isolates use.
///
/// Elements wait in it encoded, so that they belong to no isolate.
final class SharedChannel: SharedObject, @unchecked Sendable {
  private let capacity: Int64
  private var elements = Ring<ValueBuffer>()
  private var receivers = WaiterQueue<Void>()
  private var senders = WaiterQueue<ValueBuffer>()
  private var isClosed: Bool
  private let overflow: rv_overflow
  /// Where dropped elements go.
  private let undelivered: RegistryReference?
  private var sent: UInt64
  private var received: UInt64
  private var dropped: UInt64

  convenience init(capacity: Int64, name: String?) {
    var state = rv_channel_state()
    state.capacity = capacity
    self.init(state, name: name, undelivered: nil)
  }

  /// Takes the place of a local channel.
  init(_ state: rv_channel_state, name: String?, undelivered: RegistryReference?) {
    capacity = state.capacity
    isClosed = state.closed != 0
    overflow = rv_overflow(rawValue: state.overflow)
    self.undelivered = undelivered
    sent = state.sent
    received = state.received
    dropped = state.dropped
    super.init(name: name)
  }

  deinit {
    while let element = elements.popFirst() { element.discard() }
  }

  // The methods themselves are C functions, which take the fast path while a channel is local.
  static let kind = ObjectKind(0, "channel", [])
  override var kind: ObjectKind { Self.kind }

  override func invoke(
    _ method: Int32, _ call: UnsafeMutablePointer<rv_invocation>, _ caller: Caller
  ) -> rv_outcome {
    switch rv_channel_method(rawValue: method) {
    case RV_CHANNEL_SEND: return send(call, caller, mayWait: true)
    case RV_CHANNEL_TRY_SEND: return send(call, caller, mayWait: false)
    case RV_CHANNEL_RECEIVE: return receive(call, caller, mayWait: true)
    case RV_CHANNEL_TRY_RECEIVE: return receive(call, caller, mayWait: false)
    case RV_CHANNEL_CLOSE: return close() ? RV_NONE : RV_CLOSED
    case RV_CHANNEL_COUNT: return call.answer(locked { Int64(elements.count) })
    case RV_CHANNEL_IS_CLOSED: return call.answer(locked { isClosed ? 1 : 0 })
    case RV_CHANNEL_INSPECT: return call.answer(inspect())
    default: return call.answer(capacity)
    }
  }

  // MARK: Transfers (all under the lock; what they wake is woken after it)

  /// What an attempt came to.
  private enum Attempt {
    case done(Wake?), closed, wouldBlock
    /// Sent, and this element had to give way.
    case dropped(ValueBuffer)
  }

  private func nextReceiver() -> Waiter? {
    while let next = receivers.popFirst() {
      if next.waiter.take() { return next.waiter }
    }
    return nil
  }

  private func nextSender() -> (waiter: Waiter, payload: ValueBuffer)? {
    while let next = senders.popFirst() {
      if next.waiter.take() { return next }
      next.payload.discard()  // the select that offered it chose another case
    }
    return nil
  }

  private func trySend(_ value: ValueBuffer) -> Attempt {
    if isClosed { return .closed }
    if let receiver = nextReceiver() {
      sent += 1
      received += 1
      return .done(Wake(waiter: receiver, outcome: RV_RECEIVED, value: value, grant: 1))
    }
    guard Int64(elements.count) < capacity else { return overflowing(with: value) }
    elements.append(value)
    sent += 1
    return .done(nil)
  }

  private func overflowing(with value: ValueBuffer) -> Attempt {
    guard overflow == RV_DROP_OLDEST || overflow == RV_DROP_NEWEST else { return .wouldBlock }
    sent += 1
    dropped += 1
    guard overflow == RV_DROP_OLDEST, let oldest = elements.popFirst() else { return .dropped(value) }
    elements.append(value)
    return .dropped(oldest)
  }

  /// Hands a dropped element to whoever wants to know, in a goroutine of the isolate that made the channel.
  func report(dropped value: ValueBuffer) {
    guard let undelivered else { return value.discard() }
    let parcel = Parcel(value)
    undelivered.isolate.post { rv_spawn_detached($0.state, undelivered.reference, parcel.take()) }
  }

  private func tryReceive() -> (Attempt, ValueBuffer?) {
    if let element = elements.popFirst() {
      received += 1
      guard Int64(elements.count) < capacity, let sender = nextSender() else { return (.done(nil), element) }
      elements.append(sender.payload)
      sent += 1
      return (.done(Wake(waiter: sender.waiter, outcome: RV_TRUE)), element)
    }
    if let sender = nextSender() {
      sent += 1
      received += 1
      return (.done(Wake(waiter: sender.waiter, outcome: RV_TRUE)), sender.payload)
    }
    return (isClosed ? .closed : .wouldBlock, nil)
  }

  // MARK: Operations

  private func send(
    _ call: UnsafeMutablePointer<rv_invocation>, _ caller: Caller, mayWait: Bool
  ) -> rv_outcome {
    guard let value = call.pointee.value else { return RV_FALSE }
    call.pointee.value = nil
    rv_lock_acquire(lock)
    switch trySend(value) {
    case .done(let wake):
      rv_lock_release(lock)
      wake?.perform(on: self)
      return RV_TRUE
    case .dropped(let element):
      rv_lock_release(lock)
      report(dropped: element)
      return RV_TRUE
    case .closed:
      rv_lock_release(lock)
      value.discard()
      return RV_CLOSED
    case .wouldBlock:
      let mayWait = mayWait && overflow != RV_FAIL
      let waits = mayWait && caller.canWait
      if waits { senders.append(caller.waiter, value) }
      rv_lock_release(lock)
      if waits { return RV_PENDING }
      value.discard()
      return mayWait ? call.cannotWait(self) : RV_FALSE
    }
  }

  private func receive(
    _ call: UnsafeMutablePointer<rv_invocation>, _ caller: Caller, mayWait: Bool
  ) -> rv_outcome {
    rv_lock_acquire(lock)
    let (attempt, value) = tryReceive()
    switch attempt {
    case .done(let wake):
      rv_lock_release(lock)
      wake?.perform(on: self)
      call.pointee.value = value
      return RV_RECEIVED
    case .closed:
      rv_lock_release(lock)
      return RV_CLOSED
    case .wouldBlock, .dropped:  // receiving drops nothing
      let waits = mayWait && caller.canWait
      if waits { receivers.append(caller.waiter, ()) }
      rv_lock_release(lock)
      if waits { return RV_PENDING }
      return mayWait ? call.cannotWait(self) : RV_FALSE
    }
  }

  /// False when it was closed before.
  ///
  /// Buffered elements stay to be received.
  @discardableResult
  func close() -> Bool {
    var wakes: [Wake] = []
    var unsent: [ValueBuffer] = []
    let closed = locked {
      if isClosed { return false }
      isClosed = true
      while let receiver = nextReceiver() { wakes.append(Wake(waiter: receiver, outcome: RV_CLOSED)) }
      while let sender = nextSender() {
        wakes.append(Wake(waiter: sender.waiter, outcome: RV_CLOSED))
        unsent.append(sender.payload)
      }
      return true
    }
    for value in unsent { value.discard() }
    for wake in wakes { wake.perform(on: self) }
    return closed
  }

  /// In the order of the C function `inspect`.
  private func inspect() -> [LuaValue] {
    locked {
      [
        Int64(elements.count), Int64(sent), Int64(received), Int64(dropped), Int64(senders.count),
        Int64(receivers.count),
      ]
    }.map(LuaValue.integer)
  }

  override func cancel(_ isolate: Isolate, _ goroutine: UInt64) {
    let unsent = locked {
      _ = receivers.remove(isolate, goroutine)
      return senders.remove(isolate, goroutine)
    }
    for value in unsent { value.discard() }
  }

  /// An element whose receiver was killed goes to the next one, or back to the front.
  override func refund(_ grant: Int64, _ value: ValueBuffer?) {
    guard let value else { return }
    let receiver = locked { () -> Waiter? in
      if let receiver = nextReceiver() { return receiver }
      elements.prepend(value)
      received -= 1
      return nil
    }
    if let receiver { Wake(waiter: receiver, outcome: RV_RECEIVED, value: value, grant: 1).perform(on: self) }
  }

  // MARK: Promotion

  /// Takes over an element, or a goroutine that waited when the channel was still local.
  func adopt(_ value: ValueBuffer?, _ waiter: Waiter?, receives: Bool) {
    locked {
      switch (waiter, value) {
      case (nil, let value?): elements.append(value)
      case (let waiter?, let value?) where !receives: senders.append(waiter, value)
      case (let waiter?, _): receivers.append(waiter, ())
      default: break
      }
    }
  }

  // MARK: Select

  override func attempt(_ entry: rv_object_case, _ caller: Caller) -> SelectServing? {
    var serving = SelectServing()
    let attempt: Attempt
    if let value = entry.value {
      attempt = trySend(value)
      serving.outcome = RV_TRUE
    } else {
      (attempt, serving.value) = tryReceive()
      serving.outcome = RV_RECEIVED
    }
    switch attempt {
    case .wouldBlock: return nil
    case .closed: serving.outcome = RV_CLOSED
    case .done(let peer): serving.wake = peer
    case .dropped(let element): serving.dropped = element
    }
    return serving
  }

  override func enqueue(_ waiter: Waiter, _ entry: rv_object_case) {
    if let value = entry.value { senders.append(waiter, value) } else { receivers.append(waiter, ()) }
  }
}

/// A queue in a circular array that can also be put back to at the front.
struct Ring<Element> {
  private var storage: [Element?] = []
  private var head = 0
  private(set) var count = 0

  mutating func append(_ element: Element) {
    if count == storage.count { grow() }
    storage[(head + count) % storage.count] = element
    count += 1
  }

  mutating func prepend(_ element: Element) {
    if count == storage.count { grow() }
    head = (head + storage.count - 1) % storage.count
    storage[head] = element
    count += 1
  }

  mutating func popFirst() -> Element? {
    guard count > 0 else { return nil }
    let element = storage[head]
    storage[head] = nil
    head = (head + 1) % storage.count
    count -= 1
    return element
  }

  private mutating func grow() {
    let elements = (0..<count).map { storage[(head + $0) % storage.count] }
    storage = elements + Array(repeating: nil, count: max(4, count))
    head = 0
  }
}
