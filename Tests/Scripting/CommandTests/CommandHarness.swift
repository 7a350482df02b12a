import Foundation

/// What a run of the command gave.
struct CommandOutcome: Sendable {
  var status: Int32
  var output: String
  var errors: String

  /// The first line of standard error.
  var firstError: String { errors.split(separator: "\n").first.map(String.init) ?? "" }
}

/// The built command, run as its users run it.
struct Revoada: Sendable {
  /// Beside the test bundle: both are products of one build.
  static let binary = URL(fileURLWithPath: CommandLine.arguments[0])
    .resolvingSymlinksInPath().deletingLastPathComponent().appendingPathComponent("revoada")

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
    // Files rather than pipes: nobody has to read while the program runs.
    let folder = try Folder()
    defer { folder.remove() }
    let (output, errors) = (try folder.file("out"), try folder.file("err"))
    let process = Process()
    process.executableURL = binary
    process.arguments = arguments
    process.currentDirectoryURL = directory
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: errors)
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
      process.terminationHandler = { _ in continuation.resume() }
      do {
        try process.run()
        whenStarted?(process)
      } catch {
        process.terminationHandler = nil
        continuation.resume(throwing: error)
      }
    }
    // A program that a signal ended has no exit code; the tests want to see that.
    let status = process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
    return CommandOutcome(
      status: status, output: String(decoding: try Data(contentsOf: output), as: UTF8.self),
      errors: String(decoding: try Data(contentsOf: errors), as: UTF8.self))
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

/// A folder for one test.
struct Folder: Sendable {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("revoada-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  func file(_ name: String) throws -> URL {
    let file = url.appendingPathComponent(name)
    try Data().write(to: file)
    return file
  }

  func remove() { try? FileManager.default.removeItem(at: url) }
}
