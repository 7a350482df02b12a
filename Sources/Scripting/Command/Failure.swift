/// How a command ends.
struct ExitStatus: RawRepresentable, Hashable, Sendable {
  var rawValue: Int32

  static let success = ExitStatus(rawValue: 0)
  /// A task or the script failed.
  static let failed = ExitStatus(rawValue: 1)
  /// Bad usage, an unreadable file, or a syntax error.
  static let usage = ExitStatus(rawValue: 2)

  /// What a shell reports for a program that a signal ended.
  static func signal(_ number: Int32) -> ExitStatus { ExitStatus(rawValue: 128 + number) }
}

/// The end of a command that did not succeed; an empty message has been told already.
struct Failure: Error, Sendable {
  var status: ExitStatus
  var message: String

  init(_ status: ExitStatus, _ message: String = "") {
    self.status = status
    self.message = message
  }
}
