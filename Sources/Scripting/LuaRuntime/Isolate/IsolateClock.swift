import Revoada

/// What time it is for the goroutines of an isolate, and how the isolate is woken later.
public protocol IsolateClock: Sendable {
  /// Nanoseconds on a monotonic scale with an arbitrary zero.
  var now: UInt64 { get }

  /// Calls `wake` once, at or soon after `deadline`. Called again for an earlier deadline when one turns up;
  /// a wake-up that is no longer needed is harmless.
  func schedule(at deadline: UInt64, _ wake: @escaping @Sendable () -> Void)
}

/// The time of the scheduler that runs the process; its timer wheel does the waking.
public struct SystemClock: IsolateClock {
  private let timers: Timers

  /// The clock of the scheduler at hand: real time, unless it is a simulation's.
  public init() { timers = .current }

  /// Nanoseconds since an arbitrary point.
  public var now: UInt64 { UInt64(clamping: timers.now) }

  /// Wakes from the timers' thread.
  public func schedule(at deadline: UInt64, _ wake: @escaping @Sendable () -> Void) {
    timers.schedule(at: Int64(clamping: deadline), wake)
  }
}
