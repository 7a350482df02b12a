import CoreTestSupport
import Foundation

/// Lets children live and kills them.
struct FaultRun {
  /// What a child says when its life begins: nobody is interested in how a process starts.
  static let ready = "ready"

  let name: String
  let subject: any FaultSubject.Type
  let options: FaultOptions

  func run() async throws {
    let place = try FaultPlace(options.database)
    var generator = SeededGenerator(seed: options.seed)
    var (killed, lives, promises) = (0, 0, 0)
    while killed < options.points {
      let points = min(options.each, options.points - killed)
      let round = try await place.withDatabase { try await self.round(on: $0, points: points, &generator) }
      killed += points
      lives += round.lives
      promises += round.promises
      print("\(name): \(killed) points of \(options.points), all is right")
    }
    print(
      "\(name): killed at \(killed) points in \(lives) lives, \(promises) promises: nothing lost, nothing doubled"
    )
  }

  /// Kills so often, and looks at the books.
  private func round(
    on database: String, points: Int, _ generator: inout SeededGenerator
  ) async throws -> (lives: Int, promises: Int) {
    var options = options
    options.database = database
    options.seed = generator.next() >> 1
    try await subject.prepare(options)
    // The first one lives to its end, to know how long that takes.
    options.life = 1
    let first = try child(options, killAfter: nil)
    var promised = first.lines
    var killed = 0
    while killed < points {
      options.life += 1
      let end = try child(options, killAfter: Double.random(in: 0...first.seconds, using: &generator))
      promised += end.lines
      if end.wasKilled { killed += 1 }
    }
    try await subject.check(options, promised: promised)
    return (options.life, promised.count)
  }

  /// Runs a child.
  private func child(_ options: FaultOptions, killAfter delay: Double?) throws -> (
    lines: [String], seconds: Double, wasKilled: Bool
  ) {
    let process = Process()
    process.executableURL = URL(filePath: CommandLine.arguments[0])
    process.arguments = [name] + options.arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    let output = pipe.fileHandleForReading
    try process.run()
    var data = Data()
    while data.count <= Self.ready.utf8.count, let part = try output.read(upToCount: 1), !part.isEmpty {
      data += part
    }
    let start = ContinuousClock.now
    if let delay {
      usleep(UInt32(delay * 1_000_000))
      kill(process.processIdentifier, SIGKILL)
    }
    data += try output.readToEnd() ?? Data()
    process.waitUntilExit()
    let seconds = start.duration(to: .now) / .seconds(1)
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
    guard lines.first == Self.ready else {
      throw FaultFound(description: "life \(options.life) said: \(text)")
    }
    return (Array(lines.dropFirst()), seconds, wasKilled)
  }
}
