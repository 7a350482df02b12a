import CommandTestSupport
import EstoqueDatabase
import EstoqueTestSupport
import Foundation
import Revoada

/// `estoque serve`, as a process of its own.
final class ServingProcess: Sendable {
  struct Failure: Error { let output: String }

  let port: Int
  private let process: Process

  /// Starts it, and waits until it listens.
  init(_ flags: [String], in folder: URL) throws {
    process = Process()
    process.executableURL = Program("estoque").binary
    process.arguments = ["serve", "--port", "0"] + flags
    process.currentDirectoryURL = folder
    process.standardInput = FileHandle.nullDevice
    let log = folder.appendingPathComponent("log-\(UUID().uuidString)")
    try Data().write(to: log)
    process.standardError = try FileHandle(forWritingTo: log)
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    var line = Data()
    while line.last != 10, let part = try output.fileHandleForReading.read(upToCount: 1), !part.isEmpty {
      line += part
    }
    let text = String(decoding: line, as: UTF8.self)
    guard let number = text.split(separator: ":").last.flatMap({ Int($0.trimmingCharacters(in: .newlines)) })
    else {
      throw Failure(output: text + ((try? String(contentsOf: log, encoding: .utf8)) ?? ""))
    }
    port = number
  }

  /// Ends it by a signal.
  /// - Returns: its status, below zero for the signal that it died of, and how long that took.
  func end(by signal: Int32 = SIGTERM) async throws -> (status: Int32, time: Duration) {
    let start = ContinuousClock.now
    kill(process.processIdentifier, signal)
    return try await offload { [self] in
      process.waitUntilExit()
      let status = process.terminationStatus
      return (process.terminationReason == .exit ? status : -status, start.duration(to: .now))
    }
  }
}

extension DatabaseConfiguration {
  /// As the flag `--database` has it.
  func location(on server: PostgresServer?) -> String {
    switch backend {
    case .sqlite(let file): file.path
    case .postgres(let address):
      "postgres:///\(address.databaseName)?host=\(server?.directory ?? "")&user=postgres"
    }
  }
}
