import CommandTestSupport
import EstoqueDatabase
import EstoqueSamples
import EstoqueTestSupport
import Foundation
import Revoada
import Testing

@testable import EstoqueCommand

/// `estoque serve` is asked to end in the middle of everything.
@Suite(.timeLimit(.minutes(10)))
struct ShutdownTests {
  @Test(arguments: Backend.concurrent)
  func aStopComesToItsEndInTimeAndLosesNothing(on backend: Backend) async throws {
    let folder = try Folder()
    defer { folder.remove() }
    try await backend.withPlace { place in
      let database = try Database(place)
      try await database.migrate(EstoqueSchema.migrations)
      let token = try await RunningService.token(database)
      let goods = Goods(lines: 12_000, invoices: 0..<80)
      let flags =
        ["--database", place.location(on: backend == .postgres ? .shared : nil)]
        + ["--company", SampleCompany.own.cnpj.text]
        + ["server.requestRate=100000", "server.requestBurst=100000", "imports.chunk=25"].flatMap {
          ["--set", $0]
        }
      let first = try ServingProcess(flags, in: folder.url)
      let client = WebClient(port: first.port, token: token)
      let jobs = try await goods.startImports(client)
      let listeners = try (0..<3).map { _ in try Socket(port: first.port) }
      for listener in listeners {
        listener.write("GET /api/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(token)\r\n\r\n")
        _ = try await listener.read(until: "retry")
      }
      let taken = Guarded<Set<Int>>([])
      // Half of the invoices are for the time of the stop.
      let allowed = AtomicInteger(goods.invoices.count / 2)
      let take: @Sendable (Int) -> Void = { number in taken.withLock { _ = $0.insert(number) } }
      let senders = (0..<4).map { part in
        spawn {
          for number in goods.invoices where number % 4 == part {
            while number >= allowed.load() { try await sleep(for: .milliseconds(5)) }
            guard let answer = try? await client.upload("/api/nfe?name=a.xml", try Goods.invoice(number)),
              answer.status == 202
            else { return }
            take(number)
          }
        }
      }
      try await eventually(within: 30) {
        let done = try await client.get("/api/imports/\(jobs[0])")["done"] as? Int ?? 0
        return done > 0 && !taken.withLock(\.isEmpty)
      }
      var exports: [Int] = []
      for format in ["xlsx", "csv", "xlsx"] {
        let answer = try await client.post("/api/exports", ["kind": "movements", "format": format])
        exports.append(try #require(answer["id"] as? Int))
      }
      allowed.store(goods.invoices.count)
      let end = try await first.end()
      #expect(end.status == 0 && end.time < .seconds(5), "\(end)")
      for listener in listeners { _ = try await listener.read() }
      for sender in senders { try await sender.value }
      let states: [String] = try await database.read { session in
        try session.query("SELECT state FROM import_job UNION ALL SELECT state FROM export_job") { try $0[0] }
      }
      // What was begun was given back: the next one need not wait for the end of a lease.
      #expect(states.contains("waiting") && !states.contains("running"), "\(states)")

      let second = try ServingProcess(flags, in: folder.url)
      let again = RunningService(database: database, client: WebClient(port: second.port, token: token))
      for number in goods.invoices where !taken.withLock({ $0.contains(number) }) {
        #expect(try await again.client.upload("/api/nfe?name=a.xml", try Goods.invoice(number)).status == 202)
      }
      for job in jobs { try await again.finish("imports", job) }
      for export in exports { try await again.finish("exports", export) }
      try await eventually(within: 30) {
        try await again.client.get("/api/nfe?state=waiting&limit=1")["total"] as? Int == 0
      }
      #expect(try await second.end().status == 0)
      try await goods.expectBooked(in: database)
      try await database.close()
    }
  }
}
