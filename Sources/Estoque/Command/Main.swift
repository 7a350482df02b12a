import ArgumentParser
import RevoadaConsole

/// The program of the stock service.
@main
enum Main {
  static func main() async { await CommandProgram.run(EstoqueTool.self) }
}

/// `estoque` with its subcommands.
struct EstoqueTool: AsyncParsableCommand {
  static let version = "0.1.0"

  static let configuration = CommandConfiguration(
    commandName: "estoque",
    abstract:
      "A stock service for small Brazilian companies: invoices and lists in, reports and exports out.",
    discussion: """
      Settings come from flags, from the environment (ESTOQUE_SERVER_PORT for server.port), from a file of YAML, in \
      this order; `estoque config` lists them. Exit codes: 0 success; 1 something failed or was refused; 2 bad usage, \
      settings or an unreadable file; 130 and 143 after an interrupt and a termination signal.
      """,
    version: version,
    subcommands: [
      ServeCommand.self, DemoCommand.self, NFeCommand.self, ImportCommand.self, ReportCommand.self,
      UserCommand.self, MigrateCommand.self,
      CheckCommand.self,
      BackupCommand.self,
      RestoreCommand.self,
      ConfigCommand.self,
      VersionCommand.self,
    ])
}

/// `estoque version`.
struct VersionCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "version", abstract: "Prints the version.")

  func run() { Console.output("estoque \(EstoqueTool.version)") }
}
