/// How an ``AdaptiveLimiter`` finds its limit.
public enum AdaptiveAlgorithm: Sendable, Equatable {
  /// One more for each round of calls that used the limit and went well, a tenth less for a round in which one was
  /// dropped: additive increase, multiplicative decrease, as TCP does. (Chiu and Jain, 1989.)
  case aimd(backoff: Double = 0.9)
  /// Less when calls take longer than they usually do, by more than `tolerance`; more when they do not. Needs no drops to
  /// notice that queues build up elsewhere. (`Gradient2Limit` of Netflix' concurrency-limits.)
  case gradient(tolerance: Double = 1.5)
}

/// The arithmetic of an adaptive limit: what was measured comes in, the limit comes out.
struct AdaptiveState: Sendable {
  let algorithm: AdaptiveAlgorithm
  let minimum: Double
  let maximum: Double
  /// With its fraction: several small steps make a place.
  private(set) var limit: Double
  /// The duration of calls in the long run, in nanoseconds; 0 before the first.
  private(set) var usual: Double = 0
  private var samples = 0
  private var lastDecrease = Int64.min

  /// The weight of a new call in the long run is one in so many.
  private static let memory = 600
  /// Until then the plain mean is taken.
  private static let warmUp = 10
  /// How much of a new limit is taken over at a time.
  private static let smoothing = 0.2
  /// Places for the queues that any service needs to be busy.
  private static let headroom = 4.0

  init(_ algorithm: AdaptiveAlgorithm, initial: Int, minimum: Int, maximum: Int) {
    self.algorithm = algorithm
    self.minimum = Double(minimum)
    self.maximum = Double(maximum)
    limit = Double(initial)
  }

  /// A call was dropped: the service could not take it.
  ///
  /// Those that began before the last decrease say nothing about the limit since: a hundred drops at once count as one.
  mutating func dropped(start: Int64, now: Int64) {
    if start < lastDecrease { return }
    lastDecrease = now
    switch algorithm {
    case .aimd(let backoff): limit = max(minimum, limit * backoff)
    case .gradient: limit = max(minimum, limit * 0.9)
    }
  }

  /// A call went well.
  /// - Parameters:
  ///   - duration: in nanoseconds.
  ///   - running: how many ran when it began, itself included.
  mutating func succeeded(after duration: Int64, running: Int) {
    // A limit that is not used says nothing about what would be if it were.
    let isUsed = Double(running) * 2 >= limit
    switch algorithm {
    case .aimd:
      if isUsed { limit = min(maximum, limit + 1 / limit) }
    case .gradient(let tolerance):
      let short = Double(max(1, duration))
      learn(short)
      if !isUsed { return }
      // Recovers from a time of overload, which would otherwise count as usual.
      if usual > short * 2 { usual *= 0.95 }
      let gradient = max(0.5, min(1, tolerance * usual / short))
      let target = limit * gradient + Self.headroom
      limit = min(maximum, max(minimum, limit * (1 - Self.smoothing) + target * Self.smoothing))
    }
  }

  private mutating func learn(_ duration: Double) {
    samples += 1
    let weight = samples <= Self.warmUp ? 1 / Double(samples) : 2 / Double(Self.memory + 1)
    usual += (duration - usual) * weight
  }
}
