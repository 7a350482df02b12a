import Foundation

/// Numbers of cells as texts.
enum CellNumber {
  /// A number as a spreadsheet shows it at most: 15 digits, without an exponent.
  static func text(_ bytes: [UInt8]) -> [UInt8]? {
    let isPlain = bytes.count <= 16 && bytes.allSatisfy { 48...57 ~= $0 || $0 == 45 || $0 == 46 }
    if isPlain { return bytes }
    guard let value = Double(String(decoding: bytes, as: UTF8.self)), value.isFinite else { return nil }
    if value == 0 { return [48] }
    let exponent = Int(floor(log10(abs(value))))
    if exponent > 40 || exponent < -40 { return nil }
    var text = String(format: "%.*f", max(0, 14 - exponent), value)
    if text.contains(".") {
      while text.hasSuffix("0") { text.removeLast() }
      if text.hasSuffix(".") { text.removeLast() }
    }
    return Array(text.utf8)
  }

  /// A number of days as a date, with its time unless that is midnight; nil for what is no date.
  ///
  /// Spreadsheets count from 1900 and believe that there was a 29 February in that year, or from 1904.
  static func date(_ bytes: [UInt8], usesEpoch1904: Bool) -> [UInt8]? {
    guard let serial = Double(String(decoding: bytes, as: UTF8.self)), serial >= 0, serial < 2_958_466 else {
      return nil
    }
    let seconds = Int((serial * 86_400).rounded())
    let (days, second) = (seconds / 86_400, seconds % 86_400)
    let time = [second / 3600, second / 60 % 60, second % 60].map { padded($0, 2) }.joined(separator: ":")
    if days == 0, !usesEpoch1904 { return Array(time.utf8) }
    let since1970 = usesEpoch1904 ? days - 24_107 : days - (days > 60 ? 25_569 : 25_568)
    let (year, month, day) = civil(since1970)
    let date = "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
    return Array((second == 0 ? date : "\(date) \(time)").utf8)
  }

  private static func padded(_ number: Int, _ width: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
  }

  /// After Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`; for days after 0000-03-01.
  private static func civil(_ days: Int) -> (year: Int, month: Int, day: Int) {
    let shifted = days + 719_468
    let (era, dayOfEra) = (shifted / 146_097, shifted % 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
  }
}
