import ArgumentParser
import EstoqueDatabase
import RevoadaConsole

/// `estoque backup FILE`.
struct BackupCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backup", abstract: "Copies the database to a file while it is in use.",
    discussion: """
      SQLite: a database of one moment, complete or not there at all. PostgreSQL: a dump that pg_dump makes, which must be \
      installed. Both are read by `estoque restore`.
      """)

  @OptionGroup var settings: SettingOptions
  @Argument(help: "The file; replaced if it is there.") var file: String

  func run() async throws {
    let sources = try await settings.sources()
    let configuration = try sources.databaseConfiguration()
    if case .postgres(let address) = configuration.backend {
      try await PostgresTool.dump(address, to: file)
    } else {
      let database = try Database(configuration)
      do { try await database.backup(to: file) } catch let error as DatabaseError {
        throw Failure(.failed, "\(error)")
      }
      try await database.close()
    }
    Console.output("Backed up to \(file).")
  }
}

/// `estoque restore FILE`.
struct RestoreCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore", abstract: "Replaces the database by a copy that `estoque backup` made.",
    discussion: "The service must be stopped. Without --yes it asks for nothing and changes nothing.")

  @OptionGroup var settings: SettingOptions
  @Argument(help: "The copy.") var file: String
  @Flag(help: "Replace what the database holds now.") var yes = false

  func run() async throws {
    let sources = try await settings.sources()
    let configuration = try sources.databaseConfiguration()
    guard yes else {
      throw Failure(.usage, "this replaces everything that the database holds: repeat it with --yes")
    }
    if case .postgres(let address) = configuration.backend {
      try await PostgresTool.restore(address, from: file)
    } else {
      do { try await Database.restore(configuration, from: file) } catch let error as DatabaseError {
        throw Failure(.failed, "\(error)")
      }
    }
    Console.output("Restored from \(file).")
  }
}
