import Foundation
import Logging

/// Kills a process that works on the stock at random points, again and again, and then looks at the books.
///
/// `EstoqueFaults intake|import [points=1000] [seed=1] [each=50] [database=sqlite|postgres|LOCATION]`. After `each` points everything is
/// checked and a new database begun: a file of SQLite, or one of a PostgreSQL server that is started for this. A location is used for all of them,
/// and kept. Every child goes on with what the one before has left, and adds something of its own.
@main enum EstoqueFaults {
  /// What can be killed, by the name of the subcommand. `live` is what a child does.
  private static let subjects: [String: any FaultSubject.Type] = [
    "intake": IntakeFaults.self, "import": ImportFaults.self,
  ]

  static func main() async throws {
    let arguments = Array(CommandLine.arguments.dropFirst())
    guard let name = arguments.first, let subject = subjects[name] else {
      fail(
        "usage: EstoqueFaults \(subjects.keys.sorted().joined(separator: "|")) [points=N] [seed=N] [each=N] [database=…]",
        status: 2)
    }
    LoggingSystem.bootstrap { label in
      var handler = StreamLogHandler.standardError(label: label)
      handler.logLevel = .error
      return handler
    }
    let options = FaultOptions(arguments.dropFirst())
    do {
      if options.life > 0 {
        promise(FaultRun.ready)
        try await subject.live(options)
      } else {
        try await FaultRun(name: name, subject: subject, options: options).run()
      }
    } catch { fail("\(name): \(error)", status: 1) }
  }

  private static func fail(_ message: String, status: Int32) -> Never {
    FileHandle.standardError.write(Data("\(message)\n".utf8))
    exit(status)
  }

  /// Says that from here on these things must not be lost. In one write, so that none of the lines is cut off.
  static func promise(_ lines: String...) { promise(lines) }
  static func promise(_ lines: [String]) {
    FileHandle.standardOutput.write(Data(lines.map { "\($0)\n" }.joined().utf8))
  }
}

/// What is killed.
protocol FaultSubject: SendableMetatype {
  /// Makes the tables.
  static func prepare(_ options: FaultOptions) async throws
  /// What the child does in one of its lives; it promises whatever must be kept.
  static func live(_ options: FaultOptions) async throws
  /// Finishes what is left and looks at the books.
  /// - Parameter promised: the lines of all children.
  static func check(_ options: FaultOptions, promised: [String]) async throws
}

/// A check has found something.
struct FaultFound: Error, CustomStringConvertible {
  let description: String
}

/// Arguments of the form `name=value`.
struct FaultOptions: Sendable {
  var points = 1_000
  var seed: UInt64 = 1
  /// After how many points a new database is begun.
  var each = 50
  var database = "sqlite"
  /// Which life a child has; zero for who kills.
  var life = 0

  init(_ arguments: some Sequence<String>) {
    for argument in arguments {
      let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2 else { continue }
      switch parts[0] {
      case "points": points = Int(parts[1]) ?? points
      case "seed": seed = UInt64(parts[1]) ?? seed
      case "each": each = Int(parts[1]) ?? each
      case "database": database = parts[1]
      case "life": life = Int(parts[1]) ?? life
      default: break
      }
    }
  }

  var arguments: [String] { ["seed=\(seed)", "database=\(database)", "life=\(life)"] }
}
