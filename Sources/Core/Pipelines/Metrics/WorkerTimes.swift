/// What a worker of a stage does at the moment.
@usableFromInline
enum Activity: Sendable {
  /// Waits for an element.
  case starved
  /// Works on an element, or waits for something of its own stage: a retry, the rate limit, the order.
  case busy
  /// Waits to hand on an output.
  case blocked
  /// Has gone.
  case ended
}

/// How long a worker has been at what; a pure value.
struct WorkerTimes {
  private(set) var activity = Activity.starved
  private var since: Int64
  private(set) var starved: Int64 = 0
  private(set) var busy: Int64 = 0
  private(set) var blocked: Int64 = 0

  init(at now: Int64) { since = now }

  /// Turns to something else.
  /// - Returns: how long it was at what it did before.
  @discardableResult
  mutating func enter(_ next: Activity, at now: Int64) -> Int64 {
    let spent = max(0, now - since)
    switch activity {
    case .starved: starved += spent
    case .busy: busy += spent
    case .blocked: blocked += spent
    case .ended: break
    }
    activity = next
    since = max(now, since)
    return spent
  }

  /// The same times with what it is still at.
  func upTo(_ now: Int64) -> WorkerTimes {
    var times = self
    times.enter(activity, at: now)
    return times
  }
}
