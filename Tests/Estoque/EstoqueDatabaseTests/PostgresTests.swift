import EstoqueTestSupport
import Foundation
import Revoada
import Testing

@testable import EstoqueDatabase

@Suite(
  .enabled(if: PostgresServer.shared != nil, Comment(rawValue: PostgresServer.problem)),
  .timeLimit(.minutes(10)))
struct PostgresTests {
  @Test func aConnectionThatIsKilledIsReplaced() async throws {
    try await Backend.postgres.withDatabase { database in
      try await database.createProducts()
      let attempts = AtomicInteger()
      try await database.transaction { session in
        try session.execute("INSERT INTO product (code) VALUES ('a')")
        if attempts.add(1) == 1 {
          let process = try session.value("SELECT pg_backend_pid()", as: Int.self) ?? 0
          try PostgresServer.shared?.execute("SELECT pg_terminate_backend(\(process))")
        }
        try session.execute("INSERT INTO product (code) VALUES ('b')")
      }
      #expect(attempts.load() == 2)
      #expect(try await database.count() == 2)
      // Idle connections that are killed are noticed before they are used.
      try await database.pools.writers.warmUp()
      let idle = try await database.read { try $0.value("SELECT pg_backend_pid()", as: Int.self) ?? 0 }
      try PostgresServer.shared?.execute("SELECT pg_terminate_backend(\(idle))")
      try await sleep(for: .milliseconds(20))
      #expect(try await database.count() == 2)
      #expect(database.pools.writers.stats.validationFailures >= 1)
    }
  }

  @Test func anAdministratorsCancellationIsNotOnesOwn() async throws {
    try await Backend.postgres.withDatabase { database in
      let process = Channel<Int>(capacity: 1)
      let call = spawn {
        try await database.read { session in
          _ = process.trySend(try session.value("SELECT pg_backend_pid()", as: Int.self) ?? 0)
          _ = try session.value(CancellationTests.endless, as: Int.self)
        }
      }
      let number = try await process.receive() ?? 0
      try await sleep(for: .milliseconds(20))
      try PostgresServer.shared?.execute("SELECT pg_cancel_backend(\(number))")
      #expect(await databaseError { try await call.value }?.kind == .interrupted)
    }
  }

  @Test func aServerThatIsStoppedAndStartedAgainIsUsedAgain() async throws {
    let server = try PostgresServer()
    var configuration = DatabaseConfiguration.postgres(try server.createDatabase())
    configuration.breaker = (threshold: 3, openFor: .milliseconds(200))
    configuration.retry = .constant(attempts: 2, delay: .milliseconds(1))
    let database = try Database(configuration)
    try await database.createProducts()
    let inserted = AtomicInteger()
    let number = AtomicInteger()
    let isDown = AtomicInteger()
    let failedWhileDown = AtomicInteger()
    let workers = (0..<4).map { _ in
      spawn {
        while !Task.isCancelled {
          do {
            let next = number.add(1)
            try await database.transaction {
              try $0.execute("INSERT INTO product (code) VALUES (?1)", "p\(next)")
            }
            inserted.add(1)
          } catch  where !(error is CancellationError) {
            if let error = error as? DatabaseError {
              let isExpected = error.isOutage || error.isTransient
              #expect(isExpected, "\(error)")
            } else {
              #expect(error is CircuitOpen)
            }
            failedWhileDown.add(isDown.load())
            try await sleep(for: .milliseconds(5))
          }
        }
      }
    }
    try await eventually { inserted.load() > 20 }
    isDown.store(1)
    try server.stop()
    try await eventually { failedWhileDown.load() > 10 && database.breaker.state != .closed }
    #expect(await database.health().isUp == false)
    try server.start()
    isDown.store(0)
    let before = inserted.load()
    try await eventually { inserted.load() > before + 20 && database.breaker.state == .closed }
    for worker in workers { worker.cancel() }
    for worker in workers { _ = await worker.result }
    // Each one that was reported as done is there; of one whose outcome is unknown, or which was cancelled, nobody knows.
    #expect(try await database.count() >= inserted.load())
    let health = await database.health()
    #expect(health.isUp && health.problem == nil)
    try await database.close()
  }

  @Test func connectionsAreLimited() async throws {
    try await Backend.postgres.withDatabase({ $0.pool.max = 3 }) { database in
      // The first three wait for each other, so that three do run at once; each has a connection.
      let first = CountDownLatch(3)
      try await withScope { scope in
        for _ in 0..<30 {
          scope.spawn {
            try await database.read { session in
              first.countDown()
              try first.waitBlocking()
              _ = try session.value("SELECT 1", as: Int.self)
            }
          }
        }
      }
      #expect(database.pools.writers.stats.created == 3)
    }
  }

  @Test func unreachableServersAreToldWithoutSecrets() async throws {
    let address = try PostgresAddress("host=/tmp/no-such-socket user=someone password=verysecret dbname=x")
    let database = try Database(.postgres(address))
    let error = await databaseError { _ = try await database.count() }
    #expect(error?.kind == .unreachable)
    #expect(error.map { "\($0)".contains("verysecret") } == false)
    #expect(await database.health().isUp == false)
    try await database.close()
  }

  @Test func aMissingDatabaseIsTold() async throws {
    let server = try #require(PostgresServer.shared)
    let database = try Database(
      .postgres(PostgresAddress("host=\(server.directory) user=postgres dbname=missing")))
    #expect(await databaseError { _ = try await database.count() }?.kind == .unreachable)
    try await database.close()
  }
}
