import ArgumentParser
import EstoqueDatabase
import RevoadaConsole

/// `estoque migrate`.
struct MigrateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "migrate", abstract: "Brings the database's schema up to date.",
    discussion: "The service does so itself when it starts; this is for those who want to do it before.")

  @OptionGroup var settings: SettingOptions

  func run() async throws {
    try await settings.sources().withDatabase { _ in }
    Console.output("The schema is up to date.")
  }
}
