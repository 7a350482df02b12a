/// Some days in a row, from the first through the last: what reports, imports and queries are split by.
///
/// ```swift
/// let year = Period("2025-01-01", through: "2025-12-31")
/// let outcomes = try await year.split(by: .month).concurrentMap(limit: 5) { month in
///   try await fetchSales(month)
/// }
/// ```
public struct Period: Sendable, Hashable {
  /// The first day.
  public let first: CalendarDay
  /// The last day, which belongs to the period.
  public let last: CalendarDay

  /// The period of two days and those between them, whichever of the two is the earlier one.
  public init(_ one: CalendarDay, through other: CalendarDay) {
    first = min(one, other)
    last = max(one, other)
  }

  /// How many days there are; at least 1.
  public var days: Int { last - first + 1 }

  /// Whether a day belongs to the period.
  public func contains(_ day: CalendarDay) -> Bool { (first...last).contains(day) }

  /// What a period is split by.
  public enum Unit: Sendable, CaseIterable {
    /// Days.
    case day
    /// Weeks, from Monday through Sunday.
    case week
    /// Months of the calendar.
    case month
  }

  /// The parts of the period that each lie in one day, week or month, in their order. The first and the last may be shorter than the unit;
  /// together they are the period.
  public func split(by unit: Unit) -> [Period] {
    var parts: [Period] = []
    var start = first
    while true {
      let end = min(last, Self.end(of: unit, at: start))
      parts.append(Period(start, through: end))
      if end == last { return parts }
      start = end + 1
    }
  }

  private static func end(of unit: Unit, at day: CalendarDay) -> CalendarDay {
    switch unit {
    case .day: return day
    case .week: return day + (7 - day.weekday)
    case .month: return day + (day.daysInMonth - day.day)
    }
  }
}

extension Period: CustomStringConvertible {
  /// The period as in ISO 8601: `2025-01-01/2025-01-31`.
  public var description: String { "\(first)/\(last)" }
}
