import Foundation

/// A program of this package, run as its users run it.
package struct Program: Sendable {
  /// Its file.
  package let binary: URL

  /// Beside the test bundle: both are products of one build.
  package init(_ name: String) {
    binary = URL(fileURLWithPath: CommandLine.arguments[0])
      .resolvingSymlinksInPath().deletingLastPathComponent().appendingPathComponent(name)
  }

  /// Runs the program to its end.
  ///
  /// - Parameters:
  ///   - arguments: its arguments.
  ///   - directory: where it runs.
  ///   - environment: added to this process's.
  ///   - whenStarted: called with the running process.
  package func run(
    _ arguments: [String], in directory: URL, environment: [String: String] = [:],
    whenStarted: (@Sendable (Process) -> Void)? = nil
  ) async throws -> CommandOutcome {
    // Files rather than pipes: nobody has to read while the program runs.
    let folder = try Folder()
    defer { folder.remove() }
    let (output, errors) = (try folder.file("out"), try folder.file("err"))
    let process = Process()
    process.executableURL = binary
    process.arguments = arguments
    process.currentDirectoryURL = directory
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
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
}

/// What a run of the command gave.
package struct CommandOutcome: Sendable {
  package var status: Int32
  package var output: String
  package var errors: String

  /// The first line of standard error.
  package var firstError: String { errors.split(separator: "\n").first.map(String.init) ?? "" }
}

/// A folder for one test.
package struct Folder: Sendable {
  package let url: URL

  package init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("revoada-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  package func file(_ name: String) throws -> URL {
    let file = url.appendingPathComponent(name)
    try Data().write(to: file)
    return file
  }

  package func remove() { try? FileManager.default.removeItem(at: url) }
}
