import EstoqueDomain

/// Moments as the API writes them: RFC 3339 in UTC, `2026-11-21T13:45:04.123456Z`.
enum Timestamp {
  private static let day: Int64 = 86_400_000_000

  static func text(_ microseconds: Int64) -> String {
    let days = microseconds.quotientDown(day)
    let rest = microseconds - days * day
    let (date, seconds) = (civil(days), rest / 1_000_000)
    let time = [seconds / 3600, seconds / 60 % 60, seconds % 60].map { pad($0, 2) }.joined(separator: ":")
    let fraction = rest % 1_000_000
    return "\(date)T\(time)" + (fraction == 0 ? "Z" : "." + pad(fraction, 6) + "Z")
  }

  /// Reads RFC 3339, with any offset; nil for anything else.
  static func microseconds(_ text: String) -> Int64? {
    guard let moment = try? Moment(text), moment.offset != nil else { return nil }
    // The domain's moments are those of invoices, without fractions.
    var fraction: Int64 = 0
    if let point = text.firstIndex(of: ".") {
      let digits = text[text.index(after: point)...].prefix { $0.isASCII && $0.isNumber }.prefix(6)
      fraction = (Int64(digits) ?? 0) * [1_000_000, 100_000, 10_000, 1000, 100, 10, 1][digits.count]
    }
    return Int64(moment.secondsSince1970) * 1_000_000 + fraction
  }

  /// The day of the calendar. After Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
  private static func civil(_ days: Int64) -> String {
    let shifted = days + 719_468
    let era = shifted.quotientDown(146_097)
    let day = shifted - era * 146_097
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365
    let dayOfYear = day - (365 * year + year / 4 - year / 100)
    let month = (5 * dayOfYear + 2) / 153
    let real = month < 10 ? month + 3 : month - 9
    return
      "\(pad(year + era * 400 + (real <= 2 ? 1 : 0), 4))-\(pad(real, 2))-\(pad(dayOfYear - (153 * month + 2) / 5 + 1, 2))"
  }

  private static func pad(_ number: Int64, _ width: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
  }
}

extension Int64 {
  /// The quotient, rounded down.
  fileprivate func quotientDown(_ divisor: Int64) -> Int64 {
    self >= 0 ? self / divisor : (self + 1) / divisor - 1
  }
}
