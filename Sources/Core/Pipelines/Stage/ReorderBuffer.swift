/// Puts what comes out of order back into the order of its tickets: a ring of as many places as there are tickets
/// out at any time.
///
/// A pure value; ``OrderKeeper`` puts a lock around it. Whoever completes the oldest ticket becomes the *emitter*: it passes
/// on everything that is ready, in order, while others only put theirs down.
struct ReorderBuffer<Output> {
  private var ready: [Output?]
  private var nextTicket = 0
  /// The ticket that is to be passed on next.
  private var head = 0
  private(set) var isEmitting = false

  init(window: Int) { ready = Array(repeating: nil, count: window) }

  /// The tickets that are out: issued and not passed on.
  var count: Int { nextTicket - head }

  /// Issues the next ticket; no more than the window may be out.
  mutating func issue() -> Int {
    precondition(count < ready.count, "more tickets than places")
    nextTicket += 1
    return nextTicket - 1
  }

  /// Puts down the output of a ticket.
  /// - Returns: whether the caller is to be the emitter, and calls ``next()`` until it gives nil.
  mutating func complete(_ ticket: Int, _ output: Output) -> Bool {
    ready[ticket % ready.count] = output
    if isEmitting || ticket != head { return false }
    isEmitting = true
    return true
  }

  /// The output that comes next; nil if it is not there yet, and then the caller is no longer the emitter.
  mutating func next() -> Output? {
    let place = head % ready.count
    guard let output = ready[place] else {
      isEmitting = false
      return nil
    }
    ready[place] = nil
    head += 1
    return output
  }
}
