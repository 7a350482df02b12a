import FoundationEssentials
import Logging

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Writes records as single lines: `2026-01-31T08:15:00.250Z INFO  message key=value`.
struct LineLogHandler: LogHandler {
  var logLevel: Logger.Level = .info
  var metadata: Logger.Metadata = [:]
  private let output: @Sendable (String) -> Void

  init(output: @escaping @Sendable (String) -> Void) { self.output = output }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let fields = metadata.merging(event.metadata ?? [:]) { $1 }
    let texts = fields.sorted { $0.key < $1.key }.map { "\($0.key)=\(LogLine.quoted("\($0.value)"))" }
    let message = event.message.description
    output(
      LogLine.format(Date.now, event.level, ([message] + texts).joined(separator: " ")))
  }
}

/// The line format of `log`.
public enum LogLine {
  /// Writes a line to standard error by a single system call, so that lines of several threads do not mix.
  public static let standardError: @Sendable (String) -> Void = { line in
    var line = line
    line.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)[...]
      while !rest.isEmpty {
        let chunk = UnsafeRawBufferPointer(rebasing: rest)
        let count = write(STDERR_FILENO, chunk.baseAddress, chunk.count)
        if count < 0 && errno != EINTR { return }
        rest = rest.dropFirst(max(0, count))
      }
    }
  }

  /// Whether standard error is a terminal.
  static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

  private static let timestamps = Date.ISO8601FormatStyle(includingFractionalSeconds: true)

  static func format(_ date: Date, _ level: Logger.Level, _ text: String) -> String {
    let word = level == .warning ? "WARN" : level.rawValue.uppercased()
    let padding = String(repeating: " ", count: max(0, 5 - word.count))
    // A line break inside a record would look like another record.
    let line = text.replacing("\n", with: "\\n")
    return "\(Self.timestamps.format(date)) \(word)\(padding) \(line)\n"
  }

  /// The value itself when it is one word, else in quotation marks.
  static func quoted(_ value: String) -> String {
    let plain = !value.isEmpty && !value.contains { $0 == " " || $0 == "\"" || $0 == "=" || $0.isNewline }
    if plain { return value }
    return "\"" + value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }
}
