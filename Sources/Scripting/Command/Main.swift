import ArgumentParser
import RevoadaConsole

/// The command line tool.
@main
enum Main {
  static func main() async { await CommandProgram.run(RevoadaTool.self) }
}

/// `revoada` with its subcommands.
struct RevoadaTool: AsyncParsableCommand {
  static let version = "0.1.0"

  static let configuration = CommandConfiguration(
    commandName: "revoada",
    abstract: "Runs Lua scripts with goroutines, channels and tasks.",
    discussion: """
      Exit codes: 0 success; 1 a task or the script failed; 2 bad usage, an unreadable file or a syntax \
      error; 130 and 143 after an interrupt and a termination signal.
      """,
    version: version,
    subcommands: [RunCommand.self, CheckCommand.self, VersionCommand.self])
}

/// `revoada version`.
struct VersionCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "version", abstract: "Prints the version.")

  func run() { Console.output("revoada \(RevoadaTool.version)") }
}
