import CoreMetrics
import EstoqueTestSupport
import MetricsTestKit
import Revoada
import Testing

@testable import EstoqueDatabase

@Suite(.timeLimit(.minutes(10)))
struct ReportingTests {
  @Test(arguments: Backend.available)
  func sessionsStatementsAndErrorsAreCounted(_ backend: Backend) async throws {
    let metrics = TestMetrics()
    try await withMetricsFactory(metrics) {
      try await backend.withDatabase { database in
        try await database.createProducts()
        _ = try await database.count()
        _ = await databaseError { try await database.transaction { try $0.execute("SELECT * FROM nowhere") } }
        let name = [("name", "estoque")]
        let changes = try metrics.expectTimer("revoada_database_session_seconds", name + [("kind", "change")])
        #expect(changes.values.count == 2)
        let reads = try metrics.expectTimer("revoada_database_session_seconds", name + [("kind", "read")])
        #expect(reads.values.count == 1)
        let errors = try metrics.expectCounter("revoada_database_errors", name + [("kind", "syntax")])
        #expect(errors.totalValue == 1)
        #expect(try metrics.expectCounter("revoada_database_statements", name).totalValue >= 4)
      }
    }
  }

  @Test(arguments: Backend.available)
  func healthTellsOfTheDatabaseAndItsPools(_ backend: Backend) async throws {
    try await backend.withDatabase { database in
      // Long enough for a machine that runs all other tests at the same time.
      let health = await database.health(limit: .seconds(60))
      #expect(
        health.isUp && health.problem == nil && health.breaker == .closed && health.readers.created == 1)
    }
  }

  @Test func aClosedDatabaseSaysSo() async throws {
    let database = try Database(.memory)
    try await database.transaction { _ in }
    try await database.close()
    await #expect(throws: ObjectPoolError.self) { try await database.transaction { _ in } }
    #expect(await database.health().isUp == false)
  }
}
