import ArgumentParser
import Revoada

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The command line tool.
@main
enum Main {
  static func main() async {
    // Before anything else runs: scripts, timers and plain tasks then share these workers.
    Scheduler.installGlobally()
    Console.handleBrokenPipes()
    exit(await status(of: CommandLine.arguments.dropFirst().map { $0 }))
  }

  /// Runs the command and gives the exit code: ArgumentParser's own choice for bad usage would be 64.
  private static func status(of arguments: [String]) async -> Int32 {
    do {
      var command = try RevoadaTool.parseAsRoot(arguments)
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
      return ExitStatus.success.rawValue
    } catch let failure as Failure {
      if !failure.message.isEmpty { Console.error(failure.message) }
      return failure.status.rawValue
    } catch {
      let isHelp = RevoadaTool.exitCode(for: error) == .success
      let text = RevoadaTool.fullMessage(for: error)
      if isHelp { Console.output(text) } else { Console.error(text) }
      return (isHelp ? ExitStatus.success : .usage).rawValue
    }
  }
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
