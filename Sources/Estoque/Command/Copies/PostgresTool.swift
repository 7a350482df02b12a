import EstoqueDatabase
import RevoadaConsole
import Subprocess

/// PostgreSQL's own programs for copies.
///
/// They get the address by the environment: a password in their arguments would be seen by every user of the machine.
enum PostgresTool {
  /// Writes the whole database to a file, as of one moment.
  static func dump(_ address: PostgresAddress, to path: String) async throws {
    try await run("pg_dump", ["--format=custom", "--no-owner", "--file=\(path)"], address)
  }

  /// Replaces all that a dump holds, in one transaction.
  static func restore(_ address: PostgresAddress, from path: String) async throws {
    try await run(
      "pg_restore",
      [
        "--clean", "--if-exists", "--no-owner", "--single-transaction", "--exit-on-error",
        "--dbname=\(address.databaseName)", path,
      ],
      address)
  }

  private static func run(_ program: String, _ arguments: [String], _ address: PostgresAddress) async throws {
    let variables = Dictionary(
      uniqueKeysWithValues: address.environment.map { (Environment.Key(rawValue: $0.key)!, $0.value) })
    let result: ExecutionResult<Void, DiscardedOutput, StringOutput<UTF8>>
    do {
      result = try await Subprocess.run(
        .name(program), arguments: Arguments(arguments), environment: .inherit.updating(variables),
        output: .discarded, error: .string(limit: 1 << 16, encoding: UTF8.self))
    } catch let error as SubprocessError {
      throw Failure(.failed, "\(program) cannot be run (\(error)): install PostgreSQL's client programs")
    }
    if Task.isCancelled { throw CancellationError() }
    if !result.terminationStatus.isSuccess {
      let message = result.standardError.split(separator: "\n").first.map(String.init) ?? "it failed"
      throw Failure(.failed, "\(program): \(message)")
    }
  }
}
