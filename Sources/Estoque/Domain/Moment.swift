/// A date and a time with the offset that was written beside it.
public struct Moment: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The offset that a moment without one is taken to have: Brasília's, in minutes.
  public static let usualOffset = -180

  /// The day, where it was written.
  public let date: CalendarDate
  /// Seconds since midnight, there.
  public let secondOfDay: Int
  /// Minutes ahead of UTC, or `nil` where none was written (layout 2.00).
  public let offset: Int?

  /// The start of a day whose time nobody wrote down.
  public init(startOf date: CalendarDate) {
    (self.date, secondOfDay, offset) = (date, 0, nil)
  }

  /// Reads `2026-07-31T14:08:51-03:00`, with or without fractions of the second and the offset.
  ///
  /// - Throws: ``IdentifierError``.
  public init(_ text: String) throws(IdentifierError) {
    var digits = ISODigits(text.utf8, of: .moment)
    date = try CalendarDate(&digits)
    try digits.expect("T")
    let hour = try digits.number(2)
    try digits.expect(":")
    let minute = try digits.number(2)
    try digits.expect(":")
    let second = try digits.number(2)
    if digits.next == UInt8(ascii: ".") { digits.skipFraction() }
    switch digits.next {
    case nil: offset = nil
    case UInt8(ascii: "Z"):
      try digits.expect("Z")
      offset = 0
    case let sign:
      try digits.expect(sign == UInt8(ascii: "+") ? "+" : "-")
      let hours = try digits.number(2)
      try digits.expect(":")
      let minutes = try digits.number(2)
      guard hours < 15, minutes < 60 else { throw .impossible(.moment) }
      offset = (hours * 60 + minutes) * (sign == UInt8(ascii: "+") ? 1 : -1)
    }
    try digits.end()
    guard hour < 24, minute < 60, second <= 60 else { throw .impossible(.moment) }
    secondOfDay = hour * 3600 + minute * 60 + second
  }

  /// Seconds since 1970-01-01T00:00:00Z.
  public var secondsSince1970: Int {
    date.daysSince1970 * 86_400 + secondOfDay - (offset ?? Self.usualOffset) * 60
  }

  /// Whether a moment comes before another, wherever they were written.
  public static func < (left: Self, right: Self) -> Bool {
    left.secondsSince1970 < right.secondsSince1970
  }

  /// `2026-07-31T14:08:51-03:00`, without an offset where none was written.
  public var description: String {
    let time = [secondOfDay / 3600, secondOfDay / 60 % 60, secondOfDay % 60].map { $0.padded(2) }
    let day = "\(date)T\(time.joined(separator: ":"))"
    guard let offset else { return day }
    let distance = abs(offset)
    return day + (offset < 0 ? "-" : "+") + (distance / 60).padded(2) + ":" + (distance % 60).padded(2)
  }
}
