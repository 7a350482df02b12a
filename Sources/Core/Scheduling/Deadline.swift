import Synchronization

/// A time limit that code runs under: that of a ``withTimeout(_:_:)`` or ``withDeadline(_:_:)`` around it.
///
/// Lets code ask how much time it has before it starts what could not end in time:
///
/// ```swift
/// if let left = Deadline.current?.remaining, left < .milliseconds(50) { return cached }
/// ```
public final class Deadline: Sendable {
  /// In nanoseconds of `timers`.
  let time: Int64
  private let timers: Timers
  /// The limit around this one. It need not be the later one.
  private let outer: Deadline?
  /// Whether the timer that enforces the limit has fired.
  let hasPassed = Atomic<Bool>(false)
  private let hasEnded = Atomic<Bool>(false)

  /// Travels into goroutines, which may outlive the body: then it no longer applies to them.
  @TaskLocal private static var innermost: Deadline?

  init(at time: Int64, by timers: Timers) {
    self.time = time
    self.timers = timers
    outer = Self.innermost
  }

  /// The earliest of the time limits that the calling code runs under; nil if there is none.
  public static var current: Deadline? {
    var (earliest, next) = (nil as Deadline?, innermost)
    while let deadline = next {
      if !deadline.hasEnded.load(ordering: .acquiring), deadline.time < earliest?.time ?? .max {
        earliest = deadline
      }
      next = deadline.outer
    }
    return earliest
  }

  /// The limit that is bound around the calling code, whether or not it still applies.
  static var innermostNow: Deadline? { innermost }

  /// Whether the limit may still end what runs under it, or one around it.
  package var isPending: Bool {
    var next: Deadline? = self
    while let deadline = next {
      if !deadline.hasEnded.load(ordering: .acquiring) { return true }
      next = deadline.outer
    }
    return false
  }

  /// The time left; zero when it is over.
  public var remaining: Duration { .nanoseconds(max(0, time - timers.now)) }

  /// Puts what `body` starts under the limit.
  ///
  /// Not generic: withTimeout is, and looking up metadata costs as much as the rest of this.
  func bind(_ body: () -> Void) { Self.$innermost.withValue(self, operation: body) }

  /// What was put under the limit has ended; what it has left behind is free of it.
  func end() { hasEnded.store(true, ordering: .releasing) }
}
