import Logging

/// A log's line for people.
enum TextLine {
  static func encode(_ record: LogRecord) -> String {
    var line = "\(LogTime.rfc3339(record.time)) \(word(record.level)) "
    if !record.label.isEmpty { line += escaped(record.label) + ": " }
    line += escaped(record.message)
    for key in record.metadata.keys.sorted() { append(key, record.metadata[key]!, to: &line) }
    if let place = record.place { line += " source=\(quoted("\(place.file):\(place.line)"))" }
    return line + "\n"
  }

  /// Of the same width for all levels that are used much.
  private static func word(_ level: Logger.Level) -> String {
    switch level {
    case .warning: "WARN "
    case .info: "INFO "
    default: level.rawValue.uppercased()
    }
  }

  private static func append(_ key: String, _ value: Logger.MetadataValue, to line: inout String) {
    if case .dictionary(let fields) = value, !fields.isEmpty {
      for name in fields.keys.sorted() { append("\(key).\(name)", fields[name]!, to: &line) }
      return
    }
    line += " \(quoted(key))=\(quoted(plain(value)))"
  }

  private static func plain(_ value: Logger.MetadataValue) -> String {
    switch value {
    case .string(let text): text
    case .stringConvertible(let value): value.description
    case .array(let values): "[" + values.map(plain).joined(separator: ",") + "]"
    case .dictionary(let fields):
      "{" + fields.keys.sorted().map { "\($0)=\(plain(fields[$0]!))" }.joined(separator: ",") + "}"
    }
  }

  /// The text itself if it is one word, else in quotation marks.
  private static func quoted(_ text: String) -> String {
    let isWord =
      !text.isEmpty
      && text.unicodeScalars.allSatisfy {
        $0 > " " && $0 != "\"" && $0 != "=" && $0 != "\\" && !isControl($0)
      }
    if isWord { return text }
    return "\"" + escaped(text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")) + "\""
  }

  /// Nothing that would begin a line, or command a terminal: what is logged may come from anywhere.
  private static func escaped(_ text: String) -> String {
    if !text.unicodeScalars.contains(where: isControl) { return text }
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\n": escaped += "\\n"
      case "\r": escaped += "\\r"
      case "\t": escaped += "\\t"
      case _ where isControl(scalar): escaped += "\\u{\(String(scalar.value, radix: 16))}"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }

  /// Control characters, and Unicode's own line ends.
  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.generalCategory == .control || scalar == "\u{2028}" || scalar == "\u{2029}"
  }
}
