import ArgumentParser
import EstoqueDatabase
import RevoadaConsole

/// `estoque config`.
struct ConfigCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config", abstract: "Lists all settings, their values and where each comes from.")

  @OptionGroup var settings: SettingOptions

  func run() async throws {
    let sources = try await settings.sources()
    for setting in Settings.all {
      let (text, source) = try sources.text(of: setting)
      let value = setting.isSecret ? Self.redacted(text.description) : text.description
      Console.output("\(setting.key): \(value.isEmpty ? "\"\"" : value)  # \(source); \(setting.help)")
    }
  }

  /// A file's name, or a server without its password.
  private static func redacted(_ location: String) -> String {
    guard let configuration = try? DatabaseConfiguration(location) else { return "[not shown]" }
    if case .postgres(let address) = configuration.backend { return "[\(address)]" }
    return location
  }
}
