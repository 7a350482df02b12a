/// Durations as the task language writes them: `"30s"`, `"5m"`, `"1h30m"`, `"250ms"`.
public enum DurationText {
  private static let units: [String: Double] = ["ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400]

  /// Reads a duration of one or more number–unit pairs; `nil` unless all of the text is understood.
  ///
  /// A bare number has no unit and is refused: a reader could not tell seconds from milliseconds.
  public static func parse(_ text: String) -> Duration? {
    var rest = Substring(text.filter { $0 != " " })
    guard !rest.isEmpty else { return nil }
    var seconds = 0.0
    while !rest.isEmpty {
      let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
      rest = rest.dropFirst(digits.count)
      let unit = rest.prefix { $0.isASCII && $0.isLetter }
      rest = rest.dropFirst(unit.count)
      guard let count = Double(digits), let scale = units[unit.lowercased()] else { return nil }
      seconds += count * scale
    }
    return duration(seconds: seconds)
  }

  /// A duration of so many milliseconds; `nil` for what no clock can wait (negative, infinite, not a number).
  public static func milliseconds(_ value: Double) -> Duration? { duration(seconds: value / 1000) }

  // A century is more than any run lasts, and it keeps the arithmetic far from `Duration`'s overflow trap.
  private static func duration(seconds: Double) -> Duration? {
    guard seconds.isFinite, seconds >= 0, seconds < 3_155_760_000 else { return nil }
    return .seconds(seconds)
  }

  /// A short text for reports: `850ms`, `1.24s`, `2m05s`, `1h02m`.
  public static func format(_ duration: Duration) -> String {
    let milliseconds =
      duration.components.seconds * 1000 + duration.components.attoseconds / 1_000_000_000_000_000
    if milliseconds < 1000 { return "\(milliseconds)ms" }
    let seconds = milliseconds / 1000
    if seconds < 60 { return "\(seconds).\(pad(milliseconds % 1000 / 10))s" }
    if seconds < 3600 { return "\(seconds / 60)m\(pad(seconds % 60))s" }
    return "\(seconds / 3600)h\(pad(seconds % 3600 / 60))m"
  }

  private static func pad(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
}
