/// A day of the proleptic Gregorian calendar, without time or time zone.
///
/// ```swift
/// let day: CalendarDay = "2025-02-28"
/// print(day + 1)  // 2025-03-01
/// ```
///
/// The arithmetic between days and dates is that of Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms"; the core needs
/// no Foundation for it.
public struct CalendarDay: Sendable, Hashable, Comparable {
  /// The days since 1970-01-01.
  public let number: Int

  /// The day of a number, counted from 1970-01-01; at most about a million years from there.
  public init(number: Int) {
    self.number = min(max(number, -Self.mostYears * 366), Self.mostYears * 366)
  }

  private static let mostYears = 1_000_000

  /// The day of a date; nil if there is no such date, or its year is not within ±1,000,000.
  public init?(year: Int, month: Int, day: Int) {
    guard -Self.mostYears...Self.mostYears ~= year, 1...12 ~= month, 1...31 ~= day else { return nil }
    // Years begin in March, so that the day of February's end is the last one; eras have 400 years.
    let shifted = month <= 2 ? year - 1 : year
    let era = (shifted >= 0 ? shifted : shifted - 399) / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    number = era * Self.daysOfEra + dayOfEra - Self.daysBefore1970
    // A date such as February 30 has become one of the next month.
    if self.day != day { return nil }
  }

  private static let daysOfEra = 146_097
  private static let daysBefore1970 = 719_468

  private var date: (year: Int, month: Int, day: Int) {
    let shifted = number + Self.daysBefore1970
    let era = (shifted >= 0 ? shifted : shifted - Self.daysOfEra + 1) / Self.daysOfEra
    let dayOfEra = shifted - era * Self.daysOfEra
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    return (
      yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    )
  }

  /// The year.
  public var year: Int { date.year }
  /// The month, from 1.
  public var month: Int { date.month }
  /// The day of the month, from 1.
  public var day: Int { date.day }
  /// The day of the week: 1 is Monday, 7 is Sunday, as in ISO 8601.
  public var weekday: Int {
    let sinceMonday = (number + 3) % 7  // 1970-01-01 was a Thursday
    return (sinceMonday < 0 ? sinceMonday + 7 : sinceMonday) + 1
  }

  /// The length of the day's month.
  public var daysInMonth: Int {
    let (year, month, _) = date
    if month == 2 { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28 }
    return [4, 6, 9, 11].contains(month) ? 30 : 31
  }

  /// The earlier of two days is the lesser.
  public static func < (one: CalendarDay, other: CalendarDay) -> Bool { one.number < other.number }
  /// So many days later.
  public static func + (day: CalendarDay, days: Int) -> CalendarDay {
    let (sum, overflow) = day.number.addingReportingOverflow(days)
    return CalendarDay(number: overflow ? (days < 0 ? .min : .max) : sum)
  }
  /// So many days earlier.
  public static func - (day: CalendarDay, days: Int) -> CalendarDay {
    let (difference, overflow) = day.number.subtractingReportingOverflow(days)
    return CalendarDay(number: overflow ? (days < 0 ? .max : .min) : difference)
  }
  /// The days from one day to another.
  public static func - (one: CalendarDay, other: CalendarDay) -> Int { one.number - other.number }
}

extension CalendarDay: LosslessStringConvertible, ExpressibleByStringLiteral {
  /// The day of a text such as `2025-02-28`; nil for anything else.
  public init?(_ text: String) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 3, parts.map(\.count) == [4, 2, 2],
      parts.allSatisfy({ $0.allSatisfy { "0"..."9" ~= $0 } }),
      let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2])
    else { return nil }
    self.init(year: year, month: month, day: day)
  }

  /// The day of a literal such as `"2025-02-28"`. Anything else is a programmer error; use `CalendarDay(_:)` for what comes from outside.
  public init(stringLiteral text: String) {
    guard let day = CalendarDay(text) else {
      preconditionFailure("\"\(text)\" is no day such as \"2025-02-28\"")
    }
    self = day
  }

  /// The day as in ISO 8601: `2025-02-28`.
  public var description: String {
    func digits(_ value: Int, _ count: Int) -> String {
      let text = String(value.magnitude)
      return (value < 0 ? "-" : "") + String(repeating: "0", count: max(0, count - text.count)) + text
    }
    let (year, month, day) = date
    return "\(digits(year, 4))-\(digits(month, 2))-\(digits(day, 2))"
  }
}
