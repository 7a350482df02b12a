import EstoqueDatabase
import EstoqueDomain
import EstoqueStock
import EstoqueTestSupport
import Foundation
import Revoada
import Synchronization
import Testing

@testable import EstoqueImports

/// The path of a file that is there until the process ends.
func scratch(_ bytes: some Sequence<UInt8>) throws -> String {
  let path = "/tmp/estoque-table-\(UUID().uuidString).csv"
  try Data(bytes).write(to: URL(filePath: path))
  scratches.withLock { $0.append(path) }
  return path
}
func scratch(_ text: String) throws -> String { try scratch(text.utf8) }

private let scratches: Guarded<[String]> = {
  atexit { scratches.withLock { for path in $0 { unlink(path) } } }
  return Guarded([])
}()

/// A number that a test and what it tests share.
final class Counter: Sendable {
  private let number: Atomic<Int>
  init(_ number: Int) { self.number = Atomic(number) }
  var value: Int { number.load(ordering: .relaxed) }
  @discardableResult func add(_ more: Int) -> Int { number.add(more, ordering: .relaxed).newValue }
}

extension Backend {
  /// Runs `body` with imports into a new database.
  func withImports(
    _ change: (inout ImportsConfiguration) -> Void = { _ in },
    _ body: (Imports, Database) async throws -> Void
  ) async throws {
    try await withDatabase(migrations: Schema.migrations + ImportSchema.migrations) { database in
      var configuration = ImportsConfiguration()
      configuration.poll = .milliseconds(20)
      change(&configuration)
      try await body(try Imports(database, configuration), database)
    }
  }
}

extension Imports {
  /// Runs the service while `body` runs.
  func whileRunning(_ body: () async throws -> Void) async throws {
    let service = spawn { try await self.run() }
    let result: Result<Void, any Error>
    do { result = .success(try await body()) } catch { result = .failure(error) }
    service.cancel()
    try await service.value
    try result.get()
  }

  /// Waits until a job has ended.
  func ended(_ id: ImportJob.ID) async throws -> ImportJob {
    try await eventually { try await self.job(id).state.isEnd }
    return try await job(id)
  }

  func text(_ report: ImportReport) async throws -> String {
    var bytes: [UInt8] = []
    for try await piece in report { bytes += piece }
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension Database {
  func count(_ table: String) async throws -> Int {
    try await read { try $0.value(SQL(verbatim: "SELECT count(*) FROM \(table)"), as: Int.self) ?? -1 }
  }
  func product(_ code: String) async throws -> Product? { try await read { try $0.product(code: code) } }
}

/// A quantity as people write it.
func quantity(_ text: String) -> Quantity { try! Quantity(brazilian: text) }
/// An amount as people write it.
func money(_ text: String) -> Money { try! Money(brazilian: text) }

/// Lines of sales with some that are wrong, for tests of what must happen exactly once.
func sales(_ count: Int, wrongEvery wrong: Int = 10) -> String {
  var text = "documento;codigo;nome;quantidade;data;preco;filial\n"
  for line in 0..<count {
    let quantity = line % wrong == wrong - 1 ? "muitos" : "\(line % 7 + 1)"
    text +=
      "N\(line / 3);P\(line % 13);Produto \(line % 13);\(quantity);2026-07-01 10:00:00;1,5;Filial \(line % 3)\n"
  }
  return text
}

/// What must be true of a stock after `sales(count)` have come once.
func expectOnce(_ count: Int, wrongEvery wrong: Int = 10, in database: Database, _ job: ImportJob)
  async throws
{
  let failed = count / wrong
  #expect(job.state == .done && job.done == count - failed && job.failed == failed, "\(job)")
  var pieces = 0
  for line in 0..<count where line % wrong != wrong - 1 { pieces += line % 7 + 1 }
  let (moved, movements, unbalanced) = try await database.snapshot { session in
    (
      try session.value("SELECT CAST(SUM(quantity) AS BIGINT) FROM movement", as: Int64.self),
      try session.value("SELECT count(*) FROM movement", as: Int.self), try session.unbalanced()
    )
  }
  #expect(moved == Int64(pieces) * 10_000 && movements == count - failed && unbalanced.isEmpty)
  #expect(try await database.count("import_failure") == failed)
}
