/// A day of the (Gregorian) calendar, without a time or an offset.
public struct CalendarDate: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The year, 1 to 9999.
  public let year: Int
  /// The month, 1 to 12.
  public let month: Int
  /// The day of the month, from 1.
  public let day: Int

  /// Creates a day that exists.
  ///
  /// - Throws: ``IdentifierError/impossible(_:)``.
  public init(year: Int, month: Int, day: Int) throws(IdentifierError) {
    guard (1...9999).contains(year), (1...12).contains(month),
      (1...Self.days(in: month, of: year)).contains(day)
    else { throw .impossible(.date) }
    (self.year, self.month, self.day) = (year, month, day)
  }

  /// Reads `2026-07-31`.
  ///
  /// - Throws: ``IdentifierError``.
  public init(_ text: String) throws(IdentifierError) {
    var digits = ISODigits(text.utf8, of: .date)
    try self.init(&digits)
    try digits.end()
  }

  init(_ digits: inout ISODigits) throws(IdentifierError) {
    let year = try digits.number(4)
    try digits.expect("-")
    let month = try digits.number(2)
    try digits.expect("-")
    try self.init(year: year, month: month, day: digits.number(2))
  }

  /// Whether a day comes before another.
  public static func < (left: Self, right: Self) -> Bool {
    (left.year, left.month, left.day) < (right.year, right.month, right.day)
  }

  /// Days since 1970-01-01.
  ///
  /// After Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `days_from_civil`.
  public var daysSince1970: Int {
    let shifted = month <= 2 ? year - 1 : year
    let era = shifted / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  /// `2026-07-31`.
  public var description: String { "\(year.padded(4))-\(month.padded(2))-\(day.padded(2))" }

  /// `31/07/2026`.
  public var brazilian: String { "\(day.padded(2))/\(month.padded(2))/\(year.padded(4))" }

  private static func days(in month: Int, of year: Int) -> Int {
    switch month {
    case 2: year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400)) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }
}

extension Int {
  /// With zeros in front, up to `width` digits.
  func padded(_ width: Int) -> String {
    let text = String(self)
    return String(repeating: "0", count: Swift.max(0, width - text.utf8.count)) + text
  }
}
