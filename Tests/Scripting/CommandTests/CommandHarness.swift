import CommandTestSupport
import Foundation

/// The built command `revoada`.
struct Revoada: Sendable {
  static let program = Program("revoada")

  /// The repository's root, found from this file.
  static let repository = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// Runs the command to its end.
  static func run(
    _ arguments: String..., in directory: URL = repository, whenStarted: (@Sendable (Process) -> Void)? = nil
  ) async throws -> CommandOutcome {
    try await run(arguments, in: directory, whenStarted: whenStarted)
  }

  static func run(
    _ arguments: [String], in directory: URL, whenStarted: (@Sendable (Process) -> Void)? = nil
  ) async throws -> CommandOutcome {
    try await program.run(arguments, in: directory, whenStarted: whenStarted)
  }

  /// Writes a script into a folder of its own and runs the command there: `run script.lua`, or what is given.
  static func script(
    _ source: String, name: String = "script.lua", command: [String] = ["run"], arguments: [String] = [],
    whenStarted: (@Sendable (Process) -> Void)? = nil
  ) async throws -> CommandOutcome {
    try await script(
      Data(source.utf8), name: name, command: command, arguments: arguments, whenStarted: whenStarted)
  }

  static func script(
    _ source: Data, name: String = "script.lua", command: [String] = ["run"], arguments: [String] = [],
    whenStarted: (@Sendable (Process) -> Void)? = nil
  ) async throws -> CommandOutcome {
    let folder = try Folder()
    defer { folder.remove() }
    try source.write(to: folder.url.appendingPathComponent(name))
    return try await run(command + [name] + arguments, in: folder.url, whenStarted: whenStarted)
  }
}
