import Logging

/// One line of a log before it is written: plain values, so that formats are functions.
struct LogRecord: Sendable {
  /// Since 1970-01-01 00:00 UTC.
  var time: Duration
  var level: Logger.Level
  /// Of the logger; not shown if it is empty.
  var label: String
  var message: String
  var metadata: Logger.Metadata
  /// Where in the source it was written; nil if that is not wanted.
  var place: Place?

  struct Place: Sendable {
    var source: String
    var file: String
    var function: String
    var line: UInt
  }
}

/// How a line of a log looks.
public enum LogFormat: String, Sendable, CaseIterable {
  /// For people: `2026-01-31T08:15:00.250Z WARN  revoada.circuit_breaker: circuit breaker is open name=db was=closed`.
  ///
  /// Values that are not one word are in quotation marks. Dictionaries become several values: `user.id=7`.
  case text
  /// For programs: an object a line, with `time`, `level`, `label` (if there is one), `message`, `metadata` (if there is any) and, on request,
  /// `source`, `file`, `line` and `function`.
  ///
  /// Metadata keeps its dictionaries, lists, integers, numbers and truth values.
  case json

  /// The whole line, its end included.
  func line(_ record: LogRecord) -> String {
    switch self {
    case .text: TextLine.encode(record)
    case .json: JSONLine.encode(record)
    }
  }
}
