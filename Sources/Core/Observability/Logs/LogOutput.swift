#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Where the lines of a log go. Lines of several tasks never mix.
///
/// A file, pipe or terminal that takes nothing for a second, because its reader has stopped, loses lines: no program hangs on
/// its log. How many were lost is written when it takes lines again.
public struct LogOutput: Sendable {
  let write: @Sendable (String) -> Void

  /// Hands each line, with its end, to a function, which several threads may call at the same time.
  public init(_ write: @escaping @Sendable (_ line: String) -> Void) { self.write = write }

  /// Standard output.
  public static let standardOutput = LogOutput(LineFile(STDOUT_FILENO))
  /// Standard error.
  public static let standardError = LogOutput(LineFile(STDERR_FILENO))

  /// An open file descriptor, which stays the caller's to close after the last line.
  public static func descriptor(_ descriptor: Int32) -> LogOutput { LogOutput(LineFile(descriptor)) }

  /// A file to which lines are appended; it is created, for its owner to write, if there is none.
  ///
  /// - Throws: ``LogFileError`` if it cannot be opened.
  public static func file(_ path: String) throws(LogFileError) -> LogOutput {
    let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
    if descriptor < 0 { throw LogFileError(path: path, code: errno) }
    return LogOutput(LineFile(descriptor, owns: true))
  }

  /// A text stream; a line is handed to it after the one before, by one task at a time.
  ///
  /// A task that comes while another writes leaves its line to that one. The stream may itself log. While it takes nothing, up to
  /// 10,000 lines are kept, and more are lost.
  public static func stream(_ stream: sending some TextOutputStream & SendableMetatype) -> LogOutput {
    let lines = LineStream(stream)
    return LogOutput { lines.write($0) }
  }

  private init(_ file: LineFile) { self.init { file.write($0) } }
}

/// A log's file that could not be opened.
public struct LogFileError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The file.
  public let path: String
  /// Why: an `errno`.
  public let code: Int32
  /// A sentence for people.
  public var description: String { "cannot write the log \"\(path)\": \(String(cString: strerror(code)))" }
}
