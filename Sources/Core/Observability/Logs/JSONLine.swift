import Logging

/// A log's line for programs: one JSON object (RFC 8259).
enum JSONLine {
  static func encode(_ record: LogRecord) -> String {
    var line = "{\"time\":\"\(LogTime.rfc3339(record.time))\",\"level\":\"\(record.level.rawValue)\""
    if !record.label.isEmpty { append("label", record.label, to: &line) }
    append("message", record.message, to: &line)
    if !record.metadata.isEmpty {
      line += ",\"metadata\":"
      append(.dictionary(record.metadata), to: &line)
    }
    if let place = record.place {
      append("source", place.source, to: &line)
      append("file", place.file, to: &line)
      line += ",\"line\":\(place.line)"
      append("function", place.function, to: &line)
    }
    return line + "}\n"
  }

  private static func append(_ name: String, _ text: String, to line: inout String) {
    line += ",\"\(name)\":"
    append(string: text, to: &line)
  }

  private static func append(_ value: Logger.MetadataValue, to line: inout String) {
    switch value {
    case .string(let text): append(string: text, to: &line)
    case .stringConvertible(let value):
      if let number = number(value) { line += number } else { append(string: value.description, to: &line) }
    case .array(let values):
      line += "["
      for (index, value) in values.enumerated() {
        if index > 0 { line += "," }
        append(value, to: &line)
      }
      line += "]"
    case .dictionary(let fields):
      line += "{"
      for (index, key) in fields.keys.sorted().enumerated() {
        if index > 0 { line += "," }
        append(string: key, to: &line)
        line += ":"
        append(fields[key]!, to: &line)
      }
      line += "}"
    }
  }

  /// What has a form of its own in JSON; nil for what is written as a string.
  private static func number(_ value: any CustomStringConvertible) -> String? {
    switch value {
    case let value as Bool: value ? "true" : "false"
    case let value as any BinaryInteger: value.description
    case let value as Double where value.isFinite: value.description
    case let value as Float where value.isFinite: value.description
    default: nil
    }
  }

  private static func append(string: String, to line: inout String) {
    line += "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": line += "\\\""
      case "\\": line += "\\\\"
      case "\n": line += "\\n"
      case "\r": line += "\\r"
      case "\t": line += "\\t"
      // JSON allows the last two, but programs that read by lines may not.
      case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}":
        let digits = String(scalar.value, radix: 16)
        line += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: line.unicodeScalars.append(scalar)
      }
    }
    line += "\""
  }
}
