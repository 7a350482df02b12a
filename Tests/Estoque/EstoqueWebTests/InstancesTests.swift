import EstoqueAccess
import EstoqueDatabase
import EstoqueDomain
import EstoqueReports
import EstoqueSamples
import EstoqueTestSupport
import Foundation
import HTTPTypes
import Revoada
import Testing

@testable import EstoqueWeb

/// Two servers, each with a database object of its own, as two processes have.
private struct Instances: Sendable {
  let first: TestServer
  let second: TestServer

  /// Nothing that is cached becomes too old: what another one changes is seen because it is heard of.
  static func open(on backend: Backend, _ body: @escaping @Sendable (Instances) async throws -> Void)
    async throws
  {
    let folder = "/tmp/estoque-spool-\(UUID().uuidString)"
    try await backend.withPlace { place in
      var place = place
      place.lookInterval = .milliseconds(10)
      let (here, there) = (try Database(place), try Database(place))
      try await here.migrate(allMigrations)
      var ages = ReportConfiguration()
      (ages.listAge, ages.dashboardAge, ages.periodAge) = (.seconds(3600), .seconds(3600), .seconds(3600))
      let reports = ages
      let change: @Sendable (inout ServerConfiguration) -> Void = {
        ($0.pageAge, $0.spool) = (.seconds(3600), folder)
      }
      let access: @Sendable (inout AccessConfiguration) -> Void = { $0.rememberedFor = .seconds(3600) }
      try await withServer(on: here, tokens: nil, reports, change, access: access) { first in
        try await withServer(on: there, tokens: first.tokens, reports, change, access: access) { second in
          let instances = Instances(first: first, second: second)
          let background = [first, second].flatMap { server -> [Goroutine<Void>] in
            let services = server.server.services
            return [
              spawn { try await services.database.follow() },
              spawn { try await services.feed.run(for: services) },
            ]
          }
          defer { for goroutine in background { goroutine.cancel() } }
          try await instances.hearEachOther()
          try await body(instances)
          for goroutine in background {
            goroutine.cancel()
            _ = await goroutine.ending
          }
        }
      }
      try await here.close()
      try await there.close()
    }
  }

  /// Waits until a change by each is heard of by the other.
  private func hearEachOther() async throws {
    for (speaker, hearer) in [(first, second), (second, first)] {
      let heard = Guarded(false)
      let observation = hearer.database.observeChanges { _ in heard.withLock { $0 = true } }
      var number = 0
      try await eventually {
        number += 1
        let name = "\(speaker.server.services.live.origin) \(number)"
        try await speaker.database.transaction { _ = try $0.addCategory(name) }
        return heard.withLock(\.self)
      }
      withExtendedLifetime(observation) {}
    }
  }

  /// Waits until an instance tells its browsers something for which `isWanted`.
  static func event(
    of stream: LiveStream, where isWanted: (LiveEvent) -> Bool
  ) async throws -> LiveEvent? {
    while let event = try await stream.events.receive(timeout: .seconds(60)) {
      if isWanted(event) { return event }
    }
    return nil
  }
}

@Suite(.timeLimit(.minutes(10)))
struct InstancesTests {
  @Test(arguments: Backend.concurrent)
  func `what one instance posts, the other shows`(_ backend: Backend) async throws {
    try await Instances.open(on: backend) { both in
      let product = try await both.first.addProduct("CAFE", quantity: "10")
      func quantity() async throws -> JSON {
        try await both.second.get("/api/stock?search=CAFE").json["items"][0]["quantity"]
      }
      try await eventually { try await quantity() == "10" }
      // It is known there now, in three caches one above the other.
      #expect(try await both.second.get("/api/dashboard").json["stockValue"] == "25.00")
      try await both.first.post(
        "/api/movements",
        ["kind": "issue", "product": .integer(product), "location": 1, "quantity": "4"])
      #expect(try await both.first.get("/api/stock?search=CAFE").json["items"][0]["quantity"] == "6")
      try await eventually { try await quantity() == "6" }
      try await eventually { try await both.second.get("/api/dashboard").json["stockValue"] == "15.00" }
      // Until the next change nothing is read again. Of a file it is not known what changes: it may be when a token was used.
      if backend == .postgres {
        // Once the last message of the change has come.
        try await eventually {
          let reads = both.second.server.services.encoded.stats.misses
          for _ in 0..<5 {
            let shown = try await quantity()
            #expect(shown == "6")
          }
          return both.second.server.services.encoded.stats.misses == reads
        }
      }
    }
  }

  @Test(arguments: Backend.concurrent)
  func `what happens in one instance is told to the browsers of the other`(_ backend: Backend) async throws {
    try await Instances.open(on: backend) { both in
      let stream = try both.second.server.services.live.subscribe(after: nil)
      let item = SampleItem(
        code: "A-1", name: "Café", unit: "UN", quantity: try Quantity(10),
        price: try UnitValue(scaled: 125_000_000_000))
      let bytes = try SampleInvoice(number: 1, emitter: .suppliers[0], recipient: .own, items: [item]).bytes()
      let sent = try await both.first.upload("/api/nfe", [("nota.xml", bytes)])
      let id = sent.json["documents"][0]["id"]
      try await both.first.server.services.background.intake?.process()
      let export = try await both.first.post("/api/exports", ["kind": "stock", "format": "csv"])
      if backend == .postgres {
        var names: Set<String> = []
        while names != ["nfe", "stock", "export"] {
          let event = try await Instances.event(of: stream) { event in
            let data = try? JSON(parsing: event.data)
            switch event.name {
            case "nfe": return data?["id"] == id && data?["state"] == "accepted"
            case "export": return data?["id"] == export.json["id"] && data?["state"] == "waiting"
            default: return event.name == "stock"
            }
          }
          names.insert(try #require(event).name)
        }
      } else {
        // What another process has done to a file is not known.
        #expect(try await Instances.event(of: stream) { $0.name == "reset" } != nil)
      }
      // Whoever is moved from one instance to the other reads everything again.
      let seen = "\(both.second.server.services.live.origin)-1"
      #expect(try both.first.server.services.live.subscribe(after: seen).first?.name == "reset")
    }
  }

  @Test(arguments: Backend.concurrent)
  func `a document that comes to both is posted once, and both share the work`(_ backend: Backend)
    async throws
  {
    try await Instances.open(on: backend) { both in
      var trade = SampleTrade(seed: 11)
      let invoices = try (1...30).map { (name: "\($0).xml", bytes: try trade.invoice($0, items: 2).bytes()) }
      try await withThrowingTaskGroup(of: Void.self) { group in
        for server in [both.first, both.second] {
          group.addTask {
            for start in stride(from: 0, to: 30, by: 5) {
              let sent = try await server.upload("/api/nfe", Array(invoices[start..<start + 5]))
              #expect(sent.status == 202)
              try await server.server.services.background.intake?.process()
            }
          }
        }
        try await group.waitForAll()
      }
      try await both.first.server.services.background.intake?.process()
      for server in [both.first, both.second] {
        try await eventually {
          let counts = try await server.get("/api/dashboard").json["nfe"]
          return counts["accepted"] == 30 && counts["duplicate"] == 30
        }
      }
      let documents = try await both.second.get("/api/nfe?limit=100").json["items"].elements ?? []
      #expect(documents.count == 60)
    }
  }

  @Test(arguments: Backend.concurrent)
  func `a request that is sent to both with one key is done once`(_ backend: Backend) async throws {
    try await Instances.open(on: backend) { both in
      let product = try await both.first.addProduct("CAFE")
      let body: JSON = [
        "kind": "receipt", "product": .integer(product), "location": 1, "quantity": "1", "unitCost": "2",
      ]
      let headers: HTTPFields = [.idempotencyKey: "uma-vez"]
      let answers = try await withThrowingTaskGroup(of: Answer.self) { group in
        for number in 0..<10 {
          let server = number % 2 == 0 ? both.first : both.second
          group.addTask { try await server.post("/api/movements", body, headers: headers) }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      // Done, answered again, or still under way.
      #expect(answers.allSatisfy { $0.status == 201 || $0.status == 409 })
      let done = answers.filter { $0.status == 201 }.map(\.text)
      #expect(Set(done).count == 1)
      for server in [both.first, both.second] {
        let again = try await server.post("/api/movements", body, headers: headers)
        #expect(again.status == 201 && again.text == done.first)
        let other = try await server.post(
          "/api/movements", body.with(["quantity": "2"]), headers: headers)
        #expect(other.status == 422)
      }
      let movements = try await both.first.get("/api/movements?product=\(product)")
      #expect(movements.json["total"] == 1)
    }
  }

  @Test(arguments: Backend.concurrent)
  func `who is shut out in one instance is shut out in the other`(_ backend: Backend) async throws {
    try await Instances.open(on: backend) { both in
      // The other one remembers who that is.
      #expect(try await both.second.get("/api/stock", as: .viewer).status == 200)
      let users = try await both.first.get("/api/users").json["items"].elements ?? []
      let viewer = try #require(users.first { $0["login"] == "viewer" })
      let path = "/api/users/\(viewer["id"].integer ?? 0)"
      let tag = try await both.first.get(path).headers[.eTag] ?? ""
      let changed = try await both.first.request(.patch, path, ["active": false], headers: [.ifMatch: tag])
      #expect(changed.status == 200)
      #expect(try await both.first.get("/api/stock", as: .viewer).status == 401)
      try await eventually { try await both.second.get("/api/stock", as: .viewer).status == 401 }
    }
  }

  @Test(arguments: Backend.concurrent)
  func `a file that one instance has made, the other hands out, if they share the folder`(_ backend: Backend)
    async throws
  {
    try await Instances.open(on: backend) { both in
      _ = try await both.first.addProduct("CAFE", quantity: "10")
      let exports = try #require(both.first.server.services.background.exports)
      let running = spawn { try await exports.run() }
      // Asked for there, made here.
      let job = try await both.second.post("/api/exports", ["kind": "stock", "format": "csv"])
      let path = "/api/exports/\(job.json["id"].integer ?? 0)"
      try await eventually { try await both.second.get(path).json["state"] == "done" }
      exports.shutdown()
      try await running.value
      let (here, there) = (
        try await both.first.get(path + "/file"), try await both.second.get(path + "/file")
      )
      #expect(there.status == 200 && there.text.contains("CAFE") && here.text == there.text)
      // An instance with another folder says that it has no such file.
      try FileManager.default.removeItem(atPath: both.second.server.services.configuration.spool)
      let gone = try await both.second.get(path + "/file")
      #expect(gone.status == 404 && gone.headers[.contentType] == "application/problem+json")
    }
  }
}
