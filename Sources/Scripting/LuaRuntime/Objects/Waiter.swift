import LuaShim

/// A goroutine that waits for an object.
struct Waiter {
  let isolate: Isolate
  let goroutine: UInt64
  /// For a case of a select: whoever takes the claim serves the select.
  var claim: OpaquePointer?
  /// The number of that case.
  var index: Int32 = 0

  init(isolate: Isolate, goroutine: UInt64, claim: OpaquePointer? = nil, index: Int32 = 0) {
    self.isolate = isolate
    self.goroutine = goroutine
    self.claim = claim.map { rv_claim_retain($0) }
    self.index = index
  }

  /// True when this waiter is the caller's to serve.
  ///
  /// Uses the claim up.
  func take() -> Bool {
    guard let claim else { return true }
    let taken = rv_claim_take(claim) != 0
    rv_claim_release(claim)
    return taken
  }

  /// Lets go of the claim without taking it.
  func drop() {
    if let claim { rv_claim_release(claim) }
  }
}

/// Wakes to be done once the lock is released.
struct Wake {
  var waiter: Waiter
  var outcome: rv_outcome
  var value: ValueBuffer?
  var grant: Int64 = 0

  /// Ends the wait.
  ///
  /// `object` takes the grant back should the goroutine be gone.
  func perform(on object: SharedObject) {
    waiter.isolate.complete(
      Completion(
        goroutine: waiter.goroutine, outcome: outcome, value: value, object: object, grant: grant,
        index: waiter.index))
  }
}

/// A first-in first-out queue of waiters, each with what it waits for.
///
/// Removal from the middle is linear: it happens only when a waiting goroutine is killed.
struct WaiterQueue<Payload> {
  private var entries: [(waiter: Waiter, payload: Payload)?] = []
  private var head = 0

  var isEmpty: Bool { head == entries.count }
  var count: Int { entries.count - head }
  var first: Payload? { isEmpty ? nil : entries[head]?.payload }

  mutating func append(_ waiter: Waiter, _ payload: Payload) { entries.append((waiter, payload)) }

  mutating func popFirst() -> (waiter: Waiter, payload: Payload)? {
    guard head < entries.count else { return nil }
    let entry = entries[head]
    entries[head] = nil
    head += 1
    if head == entries.count {
      entries.removeAll(keepingCapacity: entries.count <= 1024)
      head = 0
    } else if head > 1024 && head * 2 > entries.count {
      entries.removeFirst(head)
      head = 0
    }
    return entry
  }

  /// The first that is to be served: cases of selects that something else has served are dropped.
  mutating func popServed() -> (waiter: Waiter, payload: Payload)? {
    while let next = popFirst() { if next.waiter.take() { return next } }
    return nil
  }

  /// What a goroutine waits for, and who is right before it; nil when it is not in the queue.
  func place(of waiter: GoroutineID) -> (payload: Payload, predecessor: GoroutineID?)? {
    var predecessor: GoroutineID?
    for case (let other, let payload)? in entries[head...] {
      if other.id == waiter { return (payload, predecessor) }
      predecessor = other.id
    }
    return nil
  }

  /// Removes every entry of a goroutine and gives their payloads.
  mutating func remove(_ isolate: Isolate, _ goroutine: UInt64) -> [Payload] {
    var removed: [Payload] = []
    var index = head
    while index < entries.count {
      if let entry = entries[index], entry.waiter.goroutine == goroutine, entry.waiter.isolate === isolate {
        entry.waiter.drop()
        removed.append(entry.payload)
        entries.remove(at: index)
      } else {
        index += 1
      }
    }
    if head == entries.count {
      entries.removeAll()
      head = 0
    }
    return removed
  }
}
