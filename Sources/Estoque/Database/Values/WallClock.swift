import Foundation

/// The machine's clock, in the form in which moments are stored.
public enum WallClock {
  /// The present time, in microseconds since 1970 in UTC.
  public static func now() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
  }
}

extension Duration {
  /// The duration in whole microseconds, as moments are counted.
  package var microseconds: Int64 {
    let (seconds, attoseconds) = components
    return seconds * 1_000_000 + attoseconds / 1_000_000_000_000
  }
}
