import EstoqueAccess
import EstoqueDatabase
import EstoqueDomain
import EstoqueIntake
import EstoqueReports
import EstoqueSamples
import EstoqueStock
import EstoqueTestSupport
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import Revoada
import ServiceLifecycle
import Testing

@testable import EstoqueWeb

/// Runs a server on a port, as a service.
func withListener(
  _ routes: [Route] = [], on backend: Backend = .sqliteFile,
  _ change: (inout ServerConfiguration) -> Void = { _ in },
  _ body: @escaping @Sendable (EstoqueServer, Int, String, ServiceGroup) async throws -> Void
) async throws {
  try await backend.withDatabase(migrations: allMigrations) { database in
    var access = AccessConfiguration()
    access.cost = ScryptCost(logarithm: 10, parallelism: 1)
    let people = try Access(database, access)
    let account = try await people.createUser(
      NewAccount(login: "ana", name: "Ana", role: .admin, password: TestServer.password), by: .command)
    let token = try await people.createToken(for: account, name: "x", expiresAt: nil, by: .command).secret
    var configuration = ServerConfiguration()
    (configuration.port, configuration.burst, configuration.requestsPerSecond) = (0, 100_000, 100_000)
    configuration.spool = "/tmp/estoque-spool-\(UUID().uuidString)"
    change(&configuration)
    let logger = LogLines().logger()
    let server = try EstoqueServer(
      configuration, database: database, access: people, reports: try Reports(database),
      background: try everyWork(database, configuration), prometheus: nil, logger: logger, more: routes)
    let group = ServiceGroup(configuration: .init(services: [server], logger: logger))
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask { try await group.run() }
      try await eventually { server.port != nil }
      do { try await body(server, server.port ?? 0, token, group) } catch {
        await group.triggerGracefulShutdown()
        throw error
      }
      await group.triggerGracefulShutdown()
      try await tasks.waitForAll()
    }
  }
}

@Suite(.timeLimit(.minutes(10)), .serialized)
struct LiveTests {
  private func request(_ method: String, _ path: String, _ token: String, _ more: String = "") -> String {
    "\(method) \(path) HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(token)\r\n\(more)\r\n"
  }

  @Test
  func `events come as they happen, and those that were missed when the client reconnects`() async throws {
    try await withListener([], { $0.heartbeat = .milliseconds(100) }) { server, port, token, _ in
      let first = try Socket(port: port)
      first.write(request("GET", "/api/events", token))
      let head = try await first.read(until: "retry: 2000")
      #expect(head.contains("200 OK") && head.lowercased().contains("content-type: text/event-stream"))
      server.services.live.publish("nfe", ["id": 1])
      let event = try await first.read(until: "{\"id\":1}")
      let lines = event.components(separatedBy: "\n")
      #expect(lines.contains { $0.hasSuffix("event: nfe") } && event.contains("data: {\"id\":1}"))
      _ = try await first.read(until: ": \n\n")  // a heartbeat
      let id = try #require(lines.first { $0.contains("id: ") }?.components(separatedBy: "id: ").last)
      first.shut()
      for number in 2...4 { server.services.live.publish("nfe", ["id": .integer(Int64(number))]) }
      let second = try Socket(port: port)
      second.write(
        request(
          "GET", "/api/events", token,
          "Last-Event-ID: \(id.trimmingCharacters(in: .whitespacesAndNewlines))\r\n"))
      let missed = try await second.read(until: "{\"id\":4}")
      #expect(
        missed.contains("{\"id\":2}") && missed.contains("{\"id\":3}") && !missed.contains("{\"id\":1}"))
      try await eventually { server.services.live.listeners == 1 }
    }
  }

  @Test
  func `who reads too slowly is disconnected, and nobody waits for them`() async throws {
    let live = LiveEvents(history: 10, most: 2)
    let (slow, quick) = (try live.subscribe(after: nil).events, try live.subscribe(after: nil).events)
    #expect(throws: Problem.self) { try live.subscribe(after: nil) }
    for number in 1...300 {
      live.publish("nfe", ["id": .integer(Int64(number))])
      #expect(try await quick.receive()?.number == Int64(number))
    }
    var received = 0
    do {
      while try await slow.receive() != nil { received += 1 }
      Issue.record("was not disconnected")
    } catch is SubscriptionDisconnected {}
    #expect(received == 256 && live.listeners == 1)
    live.close()
  }

  @Test
  func `who comes back is told what was missed, or to read everything again`() async throws {
    let live = LiveEvents(history: 10, most: 100)
    let listener = try live.subscribe(after: nil)
    #expect(listener.first == nil && listener.after == 0)
    for number in 1...300 {
      live.publish("nfe", ["id": .integer(Int64(number))])
      _ = try await listener.events.receive()
    }
    for seen in [290, 295, 300] as [Int64] {
      let stream = try live.subscribe(after: "\(live.origin)-\(seen)")
      #expect(stream.first == nil && stream.after == seen)
      if seen < 300 { #expect(try await stream.events.receive()?.number == seen + 1) }
    }
    // Too long ago; never told; of another instance; not ours at all.
    for last in ["\(live.origin)-289", "\(live.origin)-301", "\(live.origin)-x", "other-295", "295", ""] {
      let stream = try live.subscribe(after: last)
      #expect(stream.first?.name == "reset" && stream.first?.number == 300 && stream.after == 300)
    }
    // While nobody listens, nothing is told; who comes back has missed it.
    #expect(!live.skip())
    listener.events.unsubscribe()
    #expect(live.skip() && live.listeners == 0)
    #expect(try live.subscribe(after: "\(live.origin)-300").first?.name == "reset")
    #expect(try live.subscribe(after: "\(live.origin)-301").first == nil)
    live.close()
  }

  @Test
  func `a change of the stock is told`() async throws {
    try await withListener { server, port, token, _ in
      let socket = try Socket(port: port)
      socket.write(request("GET", "/api/events", token))
      _ = try await socket.read(until: "retry")
      try await server.services.database.transaction { session in
        _ = try session.addProduct(.init(code: "A", name: "A"), at: 1)
      }
      let event = try await socket.read(until: "event: stock")
      #expect(event.contains("event: stock"))
    }
  }

  @Test(arguments: Backend.concurrent)
  func `a client that goes away cancels its query`(on backend: Backend) async throws {
    let states = Guarded<[String]>([])
    let route = Route.get("/api/endless", .viewer, Operation("endless", "", .nothing)) { call in
      states.withLock { $0.append("begun") }
      do {
        let count = try await call.read { session in
          try session.value(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000000000) SELECT COUNT(*) FROM n",
            as: Int64.self)
        }
        return .json(JSON(count))
      } catch {
        states.withLock { $0.append(error is CancellationError ? "cancelled" : "\(error)") }
        throw error
      }
    }
    /// Whether the server of PostgreSQL works on the query.
    @Sendable func isAtWork(_ database: Database) async throws -> Bool {
      if backend != .postgres { return states.withLock { $0 == ["begun"] } }
      return try await database.read { session in
        try session.value(
          """
          SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'WITH RECURSIVE n%'
            AND datname = current_database()
          """, as: Int.self) ?? 0
      } > 0
    }
    try await withListener([route], on: backend) { server, port, token, _ in
      let database = server.services.database
      for shutsDown in [true, false] {
        states.withLock { $0 = [] }
        var socket: Socket? = try Socket(port: port)
        socket?.write(request("GET", "/api/endless", token))
        try await eventually { try await isAtWork(database) }
        if shutsDown { socket?.shut() }
        socket = nil
        try await eventually { states.withLock { $0 == ["begun", "cancelled"] } }
        try await eventually { try await !isAtWork(database) }
      }
      try await eventually { server.services.connections.count == 0 }
      let health = await server.services.database.health()
      #expect(health.readers.borrowed == 0)
    }
  }

  /// At the very same time, through as many connections, while it is being worked on.
  @Test(arguments: Backend.concurrent)
  func `the same archive from fifty clients is posted once`(on backend: Backend) async throws {
    let item = SampleItem(
      code: "A-1", name: "Café", unit: "UN", quantity: try Quantity(10),
      price: try UnitValue(scaled: 125_000_000_000))
    let invoices = try (1...3).map { number in
      let invoice = SampleInvoice(number: number, emitter: .suppliers[0], recipient: .own, items: [item])
      return ("\(number).xml", try invoice.bytes())
    }
    // Half of them send an archive, the others one of its invoices.
    let (archive, single) = (try TestArchive.zip(invoices), invoices[0].1)
    try await withListener([], on: backend) { server, port, token, _ in
      let intake = try #require(server.services.background.intake)
      let work = spawn { try await intake.run() }
      let sockets = try (0..<50).map { _ in try Socket(port: port) }
      for (number, socket) in sockets.enumerated() {
        let body = number % 2 == 0 ? archive : single
        let head = request(
          "POST", "/api/nfe?name=\(number)", token,
          "Content-Type: application/octet-stream\r\nConnection: close\r\nContent-Length: \(body.count)\r\n")
        socket.write(Array(head.utf8) + body)
      }
      for socket in sockets {
        let answer = try await socket.read()
        #expect(answer.hasPrefix("HTTP/1.1 202"), "\(answer.prefix(300))")
      }
      try await eventually(within: 30) { try await intake.counts()[.waiting] == nil }
      work.cancel()
      _ = await work.ending
      #expect(try await intake.counts() == [.accepted: 3, .duplicate: 25 * 4 - 3])
      let (postings, quantity, unbalanced) = try await server.services.database.snapshot { session in
        (
          try session.value("SELECT count(*) FROM posting", as: Int.self),
          try session.value("SELECT CAST(sum(quantity) AS BIGINT) FROM movement", as: Int64.self),
          try session.unbalanced()
        )
      }
      #expect(postings == 3 && quantity == 300_000 && unbalanced.isEmpty)
    }
  }

  @Test
  func `a connection is used for one request after the other`() async throws {
    try await withListener { server, port, token, _ in
      let socket = try Socket(port: port)
      for _ in 0..<3 {
        socket.write(request("GET", "/api/categories", token))
        let answer = try await socket.read(until: "\"total\":0}")
        #expect(answer.hasPrefix("HTTP/1.1 200 OK"))
      }
      socket.write(
        request(
          "POST", "/api/categories", token, "Content-Length: 2000000\r\nContent-Type: application/json\r\n"))
      let answer = try await socket.read(until: "too-large")
      #expect(answer.hasPrefix("HTTP/1.1 413"))
    }
  }

  @Test
  func `a body that does not come is not waited for`() async throws {
    try await withListener([], { $0.bodyTime = .milliseconds(100) }) { _, port, token, _ in
      let socket = try Socket(port: port)
      socket.write(
        request("POST", "/api/categories", token, "Content-Length: 20\r\nContent-Type: application/json\r\n")
          + "{")
      let answer = try await socket.read(until: "timeout")
      #expect(answer.hasPrefix("HTTP/1.1 408"))
    }
  }

  @Test
  func `a shutdown lets what runs end, takes nothing new, and loses nothing`() async throws {
    let begun = Guarded(0)
    let route = Route.post("/api/patient", .viewer, Operation("patient", "", .nothing)) { call in
      begun.withLock { $0 += 1 }
      try await sleep(for: .milliseconds(300))
      return try await call.change("patient") { session in
        let made = try session.addCategory(call.queryText)
        return Call.Change(subject: "category:\(made.id)", reply: .json(["name": .string(made.name)]))
      }
    }
    try await withListener([route]) { server, port, token, group in
      let sockets = try (0..<5).map { number in
        let socket = try Socket(port: port)
        socket.write(request("POST", "/api/patient?n\(number)", token))
        return socket
      }
      let stream = try Socket(port: port)
      stream.write(request("GET", "/api/events", token))
      _ = try await stream.read(until: "retry")
      try await eventually { begun.withLock { $0 == 5 } }
      let start = ContinuousClock.now
      await group.triggerGracefulShutdown()
      for (number, socket) in sockets.enumerated() {
        let answer = try await socket.read()
        #expect(answer.hasPrefix("HTTP/1.1 200") && answer.contains("n\(number)"))
      }
      _ = try await stream.read()  // has ended as well
      #expect(ContinuousClock.now - start < .seconds(5))
      let names = try await server.services.database.read { try $0.categories().map(\.name) }
      #expect(names == (0..<5).map { "n\($0)" })
    }
  }

  @Test
  func `what does not end in time is cancelled, and has changed nothing`() async throws {
    let begun = Guarded(false)
    let route = Route.post("/api/stubborn", .viewer, Operation("stubborn", "", .nothing)) { call in
      try await call.change("stubborn") { session in
        _ = try session.addCategory("x")
        begun.withLock { $0 = true }
        _ = try session.value(
          "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000000000) SELECT COUNT(*) FROM n",
          as: Int64.self)
        return Call.Change(subject: "", reply: .nothing)
      }
    }
    try await withListener([route], { $0.shutdownTime = .milliseconds(200) }) { server, port, token, group in
      let socket = try Socket(port: port)
      socket.write(request("POST", "/api/stubborn", token))
      try await eventually { begun.withLock(\.self) }
      await group.triggerGracefulShutdown()
      _ = try await socket.read()
      try await eventually { server.services.connections.count == 0 }
      let names = try await server.services.database.read { try $0.categories() }
      #expect(names == [])
    }
  }
}
