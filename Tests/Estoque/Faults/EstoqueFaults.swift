import Foundation

/// Kills a process that works on the stock at random points, again and again, and then looks at the books.
///
/// `EstoqueFaults intake|import [points=1000] [seed=1] [database=postgres://…]`. Without a database, a file of SQLite that is removed at the
/// end. Every child goes on with what the one before has left, and adds something of its own.
@main enum EstoqueFaults {
  /// What can be killed, by the name of the subcommand. `run` is what a child does.
  private static let subjects: [String: any FaultSubject.Type] = [
    "intake": IntakeFaults.self, "import": ImportFaults.self,
  ]

  static func main() async throws {
    let arguments = Array(CommandLine.arguments.dropFirst())
    guard let name = arguments.first, let subject = subjects[name] else {
      FileHandle.standardError.write(
        Data(
          "usage: EstoqueFaults \(subjects.keys.sorted().joined(separator: "|")) [points=N] [seed=N] [database=…]\n"
            .utf8))
      exit(2)
    }
    let options = FaultOptions(arguments.dropFirst())
    if options.life > 0 {
      try await subject.live(options)
    } else {
      try await FaultRun(name: name, subject: subject, options: options).run()
    }
  }
}

/// What is killed.
protocol FaultSubject {
  /// Makes the tables.
  static func prepare(_ options: FaultOptions) async throws
  /// What the child does in one of its lives; it writes a line for each thing that it was promised to be kept.
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
  var database = ""
  /// Which life a child has; zero for who kills.
  var life = 0

  init(_ arguments: some Sequence<String>) {
    for argument in arguments {
      let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2 else { continue }
      switch parts[0] {
      case "points": points = Int(parts[1]) ?? points
      case "seed": seed = UInt64(parts[1]) ?? seed
      case "database": database = parts[1]
      case "life": life = Int(parts[1]) ?? life
      default: break
      }
    }
  }

  var arguments: [String] { ["seed=\(seed)", "database=\(database)", "life=\(life)"] }
}
