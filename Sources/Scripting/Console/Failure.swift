/// How a command ends.
public struct ExitStatus: RawRepresentable, Hashable, Sendable {
  /// The number that the shell sees.
  public var rawValue: Int32
  /// A status by its number.
  public init(rawValue: Int32) { self.rawValue = rawValue }

  /// All went well.
  public static let success = ExitStatus(rawValue: 0)
  /// A task or the script failed.
  public static let failed = ExitStatus(rawValue: 1)
  /// Bad usage, an unreadable file, or a syntax error.
  public static let usage = ExitStatus(rawValue: 2)

  /// What a shell reports for a program that a signal ended.
  public static func signal(_ number: Int32) -> ExitStatus { ExitStatus(rawValue: 128 + number) }
}

/// The end of a command that did not succeed; an empty message has been told already.
public struct Failure: Error, Sendable {
  /// The exit code.
  public var status: ExitStatus
  /// What is told on standard error.
  public var message: String

  /// Creates a failure.
  public init(_ status: ExitStatus, _ message: String = "") {
    self.status = status
    self.message = message
  }
}
