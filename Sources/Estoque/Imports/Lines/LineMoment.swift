import EstoqueDomain

/// Reads dates and times as people and programs write them into tables.
enum LineMoment {
  /// `2026-07-31`, `31/07/2026`, both with `14:08` or `14:08:51`, and with fractions or an offset where the time is a program's. Without an
  /// offset it is Brasília's time.
  /// - Returns: microseconds since 1970 in UTC; nil for anything else.
  static func parse(_ bytes: ArraySlice<UInt8>) -> Int64? {
    var digits = Digits(rest: bytes)
    guard let day = digits.day() else { return nil }
    var second = 0
    var offset = Moment.usualOffset
    if digits.take("T") || digits.take(" ") {
      guard let hour = digits.number(2), hour < 24, digits.take(":"), let minute = digits.number(2),
        minute < 60
      else { return nil }
      second = hour * 3600 + minute * 60
      if digits.take(":") {
        guard let seconds = digits.number(2), seconds <= 60 else { return nil }
        second += seconds
        if digits.take(".") { digits.skip() }
      }
      if digits.take("Z") {
        offset = 0
      } else if let sign = digits.take("+") ? 1 : digits.take("-") ? -1 : nil {
        guard let hours = digits.number(2), hours < 15, digits.take(":"), let minutes = digits.number(2),
          minutes < 60
        else { return nil }
        offset = sign * (hours * 60 + minutes)
      }
    }
    if !digits.rest.isEmpty { return nil }
    return Int64(day.daysSince1970 * 86_400 + second - offset * 60) * 1_000_000
  }

  /// The day alone, whatever time stands behind it.
  static func day(_ bytes: ArraySlice<UInt8>) -> CalendarDate? {
    parse(bytes) == nil
      ? nil
      : {
        var digits = Digits(rest: bytes); return digits.day()
      }()
  }

  private struct Digits {
    var rest: ArraySlice<UInt8>

    mutating func day() -> CalendarDate? {
      let isYearFirst = rest.count > 4 && rest[rest.startIndex + 4] == UInt8(ascii: "-")
      if isYearFirst {
        guard let year = number(4), take("-"), let month = number(2), take("-"), let day = number(2) else {
          return nil
        }
        return try? CalendarDate(year: year, month: month, day: day)
      }
      guard let day = number(2), let separator = rest.first, take("/") || take("-") || take("."),
        let month = number(2), rest.first == separator
      else { return nil }
      rest.removeFirst()
      guard let year = number(4) else { return nil }
      return try? CalendarDate(year: year, month: month, day: day)
    }

    mutating func take(_ scalar: Unicode.Scalar) -> Bool {
      guard rest.first == UInt8(ascii: scalar) else { return false }
      rest.removeFirst()
      return true
    }

    /// So many digits.
    mutating func number(_ count: Int) -> Int? {
      guard rest.count >= count else { return nil }
      var value = 0
      for byte in rest.prefix(count) {
        guard 48...57 ~= byte else { return nil }
        value = value * 10 + Int(byte - 48)
      }
      rest.removeFirst(count)
      return value
    }

    mutating func skip() { while let byte = rest.first, 48...57 ~= byte { rest.removeFirst() } }
  }
}
