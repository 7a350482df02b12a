import ArgumentParser
import EstoqueDatabase
import EstoqueStock
import Logging
import RevoadaConsole
import RevoadaObservability

/// What every subcommand takes: where its settings are.
struct SettingOptions: ParsableArguments {
  @Option(help: "A file of settings (default: estoque.yaml here, then /etc/estoque/estoque.yaml).")
  var config: String?
  @Option(help: "The database: a file of SQLite, or postgres://user@host/name.") var database: String?
  @Option(help: "A CNPJ of the company; may be given more than once.") var company: [String] = []
  @Option(help: "Any setting, as NAME=VALUE; may be given more than once.") var set: [String] = []

  /// Reads all settings, and logs as they say.
  /// - Parameters:
  ///   - more: flags of the subcommand, by the settings' names.
  ///   - isService: whether the log is what the program is read by. Otherwise only warnings show, unless somebody asks for more.
  /// - Throws: `Failure`.
  func sources(_ more: [String: String?] = [:], isService: Bool = false) async throws -> SettingSources {
    var flags: [String: SettingText] = [:]
    for pair in set {
      guard let equals = pair.firstIndex(of: "=") else {
        throw Failure(.usage, "--set takes NAME=VALUE, not '\(pair)'")
      }
      let name = String(pair[..<equals])
      guard Settings.all.contains(where: { $0.key == name }) else {
        throw Failure(.usage, "\(SettingError.unknown(name, in: "--set"))")
      }
      flags[name] = .one(String(pair[pair.index(after: equals)...]))
    }
    for case (let name, let value?) in more { flags[name] = .one(value) }
    if let database { flags[Settings.database.key] = .one(database) }
    if !company.isEmpty { flags[Settings.companies.key] = .list(company) }
    let sources: SettingSources
    do { sources = try await SettingSources(flags: flags, file: config) } catch let error as SettingError {
      throw Failure(.usage, "\(error)")
    }
    let isAsked = try isService || sources.text(of: Settings.logLevel).source != SettingSources.fallback
    let logging = StructuredLogging(
      format: try sources.value(Settings.logFormat),
      level: isAsked ? try sources.value(Settings.logLevel) : .warning, output: .standardError)
    LoggingSystem.bootstrap { logging.handler(label: $0) }
    return sources
  }
}

extension SettingSources {
  /// Which database it is.
  /// - Throws: `Failure`.
  func databaseConfiguration() throws -> DatabaseConfiguration {
    var configuration: DatabaseConfiguration
    do { configuration = try DatabaseConfiguration(try value(Settings.database)) } catch let error
      as DatabaseError
    {
      throw Failure(.usage, "\(Settings.database.key): \(error.message)")
    }
    if case .postgres = configuration.backend { configuration.pool.max = try value(Settings.connections) }
    return configuration
  }

  /// Runs `body` with the database and closes it.
  /// - Parameter migrated: whether its schema is brought up to date before.
  func withDatabase<R: Sendable>(migrated: Bool = true, _ body: (Database) async throws -> R) async throws
    -> R
  {
    let database = try Database(try databaseConfiguration())
    let result: Result<R, any Error>
    do {
      if migrated { try await database.migrate(EstoqueSchema.migrations) }
      result = .success(try await body(database))
    } catch { result = .failure(error) }
    try await database.close()
    do { return try result.get() } catch let error as DatabaseError {
      throw Failure(.failed, "\(error)")
    } catch let error as MigrationError {
      throw Failure(.failed, "\(error)")
    }
  }
}
