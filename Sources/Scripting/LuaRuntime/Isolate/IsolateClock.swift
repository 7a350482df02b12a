/// What time it is for the goroutines of an isolate, and how the isolate is woken later.
public protocol IsolateClock: Sendable {
  /// Nanoseconds on a monotonic scale with an arbitrary zero.
  var now: UInt64 { get }

  /// Calls `wake` once, at or soon after `deadline`. Called again for an earlier deadline when one turns up;
  /// a wake-up that is no longer needed is harmless.
  func schedule(at deadline: UInt64, _ wake: @escaping @Sendable () -> Void)
}

/// Real time.
public struct SystemClock: IsolateClock {
  /// The system's monotonic clock.
  public init() {}

  /// Nanoseconds since an arbitrary point.
  public var now: UInt64 {
    let elapsed = SystemClock.origin.duration(to: .now).components
    return UInt64(elapsed.seconds) &* 1_000_000_000 &+ UInt64(elapsed.attoseconds / 1_000_000_000)
  }

  private static let origin = ContinuousClock.now

  /// Wakes by `Task.sleep`.
  public func schedule(at deadline: UInt64, _ wake: @escaping @Sendable () -> Void) {
    let moment = SystemClock.origin.advanced(by: .nanoseconds(Int64(clamping: deadline)))
    Task {
      try? await Task.sleep(until: moment, tolerance: .zero, clock: .continuous)
      wake()
    }
  }
}
