import Foundation
import Revoada

/// Days as people live them, as ranges of moments.
public struct LocalDays: Sendable {
  private static let microseconds: Int64 = 1_000_000
  private static let day: Int64 = 86_400
  /// Where.
  public let zone: TimeZone

  /// Days of a time zone.
  public init(_ zone: TimeZone) { self.zone = zone }

  /// The day that a moment (microseconds since 1970 in UTC) belongs to.
  public func day(of moment: Int64) -> CalendarDay {
    CalendarDay(
      number: Int(
        floored(floored(moment, Self.microseconds) + offset(floored(moment, Self.microseconds)), Self.day)))
  }

  /// The first moment of a day: midnight, or what follows it where clocks skip midnight.
  public func start(of day: CalendarDay) -> Int64 {
    let wall = Int64(day.number) * Self.day
    // Clocks are changed at most once from the day before to the day after.
    let (before, after) = (offset(wall - Self.day), offset(wall + Self.day))
    let earlier = wall - max(before, after)
    let start = earlier + offset(earlier) >= wall ? earlier : wall - min(before, after)
    return start * Self.microseconds
  }

  /// The moments of a period.
  public func range(of period: Period) -> Range<Int64> {
    start(of: period.first)..<start(of: period.last + 1)
  }

  /// Seconds ahead of UTC at a second since 1970.
  func offset(_ second: Int64) -> Int64 {
    Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(second))))
  }

  private func floored(_ value: Int64, _ divisor: Int64) -> Int64 {
    (value >= 0 ? value : value - divisor + 1) / divisor
  }
}
