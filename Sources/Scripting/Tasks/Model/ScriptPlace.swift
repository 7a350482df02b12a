/// A line of a script: where a task or workflow was defined.
public struct ScriptPlace: Sendable, Hashable, CustomStringConvertible {
  /// The script's file as the runtime names it.
  public var file: String
  /// The line, counted from 1.
  public var line: Int

  /// Names a line of a file.
  public init(file: String, line: Int) {
    self.file = file
    self.line = line
  }

  /// `file:line`, the form in which every message starts.
  public var description: String { "\(file):\(line)" }
}
