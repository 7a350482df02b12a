import CoreTestSupport
import Foundation

/// Lets children live and kills them.
struct FaultRun {
  let name: String
  let subject: any FaultSubject.Type
  var options: FaultOptions

  func run() async throws {
    var options = options
    let file = FileManager.default.temporaryDirectory.appending(path: "faults-\(UUID()).db").path
    let isOwn = options.database.isEmpty
    if isOwn { options.database = file }
    defer {
      if isOwn {
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: file + suffix) }
      }
    }
    try await subject.prepare(options)
    var generator = SeededGenerator(seed: options.seed)
    var promised: [String] = []
    // The first one lives to its end, to know how long that takes.
    options.life = 1
    let start = ContinuousClock.now
    promised += try child(options, killAfter: nil).lines
    let whole = start.duration(to: .now) / .seconds(1)
    var killed = 0
    while killed < options.points {
      options.life += 1
      let end = try child(options, killAfter: Double.random(in: 0...whole, using: &generator))
      promised += end.lines
      if end.wasKilled { killed += 1 }
      if options.life % 200 == 0 {
        try await subject.check(options, promised: promised)
        print("\(name): \(killed) points of \(options.points), all is right")
      }
    }
    try await subject.check(options, promised: promised)
    print(
      "\(name): killed at \(killed) points in \(options.life) lives, \(promised.count) promises: nothing lost, nothing doubled"
    )
  }

  /// Runs a child.
  private func child(_ options: FaultOptions, killAfter delay: Double?) throws -> (
    lines: [String], wasKilled: Bool
  ) {
    let process = Process()
    process.executableURL = URL(filePath: CommandLine.arguments[0])
    process.arguments = [name] + options.arguments
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let identifier = process.processIdentifier
    if let delay {
      usleep(UInt32(delay * 1_000_000))
      kill(identifier, SIGKILL)
    }
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    let wasKilled = process.terminationReason == .uncaughtSignal
    if wasKilled, process.terminationStatus != SIGKILL {
      throw FaultFound(description: "life \(options.life) ended by signal \(process.terminationStatus)")
    }
    if !wasKilled, process.terminationStatus != 0 {
      throw FaultFound(description: "life \(options.life) ended with status \(process.terminationStatus)")
    }
    // A promise that was cut off was not made.
    let text = String(decoding: data, as: UTF8.self)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    return (lines, wasKilled)
  }
}
