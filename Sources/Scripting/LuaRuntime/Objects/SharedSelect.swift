import LuaShim

// A select over objects with queues of their own: channels that isolates share, locks, semaphores, wait groups.

/// What a case of a select came to that could be served at once.
struct SelectServing {
  var outcome = RV_NONE
  var value: ValueBuffer?
  /// To be woken after the locks are released.
  var wake: Wake?
  /// An element that had to give way.
  var dropped: ValueBuffer?
}

/// Why something is no case of a select.
struct SelectRefusal: Error {
  let reason: String

  init(_ reason: String) { self.reason = reason }

  init(_ operation: rv_operation, _ object: SharedObject) {
    switch operation {
    case RV_RECEIVE, RV_SEND: reason = "has no channel"
    default: reason = "cannot \(operation.method): \(object.label)"
    }
  }
}

extension rv_operation {
  /// The method whose work the case does.
  var method: String {
    switch self {
    case RV_RECEIVE: "receive"
    case RV_SEND: "send"
    case RV_LOCK: "lock"
    case RV_RLOCK: "rlock"
    case RV_ACQUIRE: "acquire"
    default: "wait"
    }
  }
}

extension SharedObject {
  /// Serves one of the cases or, with a claim, parks the goroutine on all of them at once.
  ///
  /// All objects are locked, in address order as every select does it, so nothing can become ready
  /// between the look and the parking. Answers 0 when none was ready, else the number of the case.
  static func select(
    _ cases: UnsafeBufferPointer<rv_object_case>, claim: OpaquePointer?, caller: Caller,
    result: UnsafeMutablePointer<rv_invocation>, outcome: UnsafeMutablePointer<rv_outcome>
  ) -> Int32 {
    let objects = cases.map { Unmanaged<SharedObject>.fromOpaque($0.object).takeUnretainedValue() }
    let locks = Set(objects.map(\.lock)).sorted { UInt(bitPattern: $0) < UInt(bitPattern: $1) }
    for lock in locks { rv_lock_acquire(lock) }
    var served: (position: Int, serving: SelectServing)?
    for (position, object) in objects.enumerated() {
      guard let serving = object.attempt(cases[position], caller) else { continue }
      served = (position, serving)
      break
    }
    if served == nil, let claim {
      for (position, object) in objects.enumerated() {
        let waiter = Waiter(
          isolate: caller.isolate, goroutine: caller.goroutine, claim: claim, index: cases[position].index)
        object.enqueue(waiter, cases[position])
      }
    }
    for lock in locks.reversed() { rv_lock_release(lock) }
    guard let (winner, serving) = served else { return 0 }
    for (position, entry) in cases.enumerated() where position != winner || serving.outcome == RV_CLOSED {
      entry.value?.discard()
    }
    serving.wake?.perform(on: objects[winner])
    if let dropped = serving.dropped { (objects[winner] as? SharedChannel)?.report(dropped: dropped) }
    result.pointee.value = serving.value
    outcome.pointee = serving.outcome
    return cases[winner].index
  }
}
