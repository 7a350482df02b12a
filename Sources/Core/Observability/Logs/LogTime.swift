#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Moments of a log.
enum LogTime {
  /// The system's time of day, since 1970-01-01 00:00 UTC.
  static func now() -> Duration {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
  }

  /// A moment as RFC 3339 has it, in UTC and with milliseconds: `2026-01-31T08:15:00.250Z`.
  static func rfc3339(_ time: Duration) -> String {
    var (seconds, attoseconds) = time.components
    if attoseconds < 0 {
      seconds -= 1
      attoseconds += 1_000_000_000_000_000_000
    }
    var parts = tm()
    // RFC 3339 ends with the year 9999, and begins with 0.
    var bounded = time_t(min(max(seconds, -62_167_219_200), 253_402_300_799))
    gmtime_r(&bounded, &parts)
    let milliseconds = Int32(attoseconds / 1_000_000_000_000_000)
    let date = "\(padded(parts.tm_year + 1900, 4))-\(padded(parts.tm_mon + 1, 2))-\(padded(parts.tm_mday, 2))"
    let clock = "\(padded(parts.tm_hour, 2)):\(padded(parts.tm_min, 2)):\(padded(parts.tm_sec, 2))"
    return "\(date)T\(clock).\(padded(milliseconds, 3))Z"
  }

  private static func padded(_ number: Int32, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}
