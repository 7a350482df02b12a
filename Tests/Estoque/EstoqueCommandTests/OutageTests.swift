import CommandTestSupport
import EstoqueDatabase
import EstoqueTestSupport
import Foundation
import Revoada
import Testing

/// PostgreSQL goes away in the middle of everything, as if it had crashed, and comes back.
@Suite(
  .enabled(if: PostgresServer.shared != nil, Comment(rawValue: PostgresServer.problem)),
  .timeLimit(.minutes(10)))
struct OutageTests {
  /// For how long it is away at least; for trials by hand.
  private static let seconds = ProcessInfo.processInfo.environment["ESTOQUE_OUTAGE"].flatMap(Int.init) ?? 0

  /// What requests are answered.
  private struct Answers {
    var counts: [Int: Int] = [:]
    var strange: [String] = []
  }

  @Test func nothingIsLostAndTheWorkGoesOnByItself() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    let server = try PostgresServer()
    var configuration = DatabaseConfiguration.postgres(try server.createDatabase())
    if Self.seconds == 0 { configuration.breaker = (threshold: 5, openFor: .milliseconds(200)) }
    try await RunningService.run(on: configuration, folder: folder.url.path, linesAtOnce: 25) { service in
      let goods = Goods(lines: 12_000, invoices: 0..<120)
      let answers = Guarded(Answers())
      let note: @Sendable (WebClient.Answer) -> Void = { answer in
        answers.withLock { answers in
          answers.counts[answer.status, default: 0] += 1
          if answer.status >= 500, answer.status != 503 || !answer.isProblem {
            answers.strange.append(answer.text)
          }
        }
      }
      let jobs = try await goods.startImports(service.client)
      // Half of the invoices are for the time of the outage.
      let (sent, allowed) = (AtomicInteger(), AtomicInteger(goods.invoices.count / 2))
      // People send invoices, each until it is taken, and look at the stock meanwhile.
      let senders = (0..<4).map { part in
        spawn {
          for number in goods.invoices where number % 4 == part {
            while number >= allowed.load() { try await sleep(for: .milliseconds(5)) }
            while true {
              let answer = try await service.client.upload(
                "/api/nfe?name=\(number).xml", try Goods.invoice(number))
              note(answer)
              if answer.status == 202 { break }
              try await sleep(for: .milliseconds(50))
            }
            sent.add(1)
          }
        }
      }
      let reader = spawn {
        while !Task.isCancelled {
          note(try await service.client.get("/api/stock?limit=5"))
          try await sleep(for: .milliseconds(20))
        }
      }
      try await eventually(within: 30) {
        let done = try await service.job("imports", jobs[0])["done"] as? Int ?? 0
        return done > 0 && sent.load() > 0
      }
      #expect(
        try await service.job("imports", jobs[3])["state"] as? String != "done", "the outage comes too late")
      try server.stop(.immediate)
      allowed.store(goods.invoices.count)
      try await eventually { try await !service.isReady() }
      try await eventually { answers.withLock { $0.counts[503, default: 0] > 5 } }
      #expect(try await service.client.get("/api/health/live").status == 200)
      if Self.seconds > 0 { try await sleep(for: .seconds(Self.seconds)) }
      try server.start()
      let back = ContinuousClock.now
      try await eventually(within: 30) { try await service.isReady() }
      for sender in senders { try await sender.value }
      for job in jobs { try await service.finish("imports", job) }
      try await eventually(within: 30) {
        try await service.client.get("/api/nfe?state=waiting&limit=1")["total"] as? Int == 0
      }
      if Self.seconds > 0 { print("all work was done", back.duration(to: .now), "after the server's start") }
      reader.cancel()
      _ = await reader.ending
      answers.withLock {
        #expect($0.strange.isEmpty && Set($0.counts.keys).isSubset(of: [200, 202, 503]), "\($0)")
      }
      try await goods.expectBooked(in: service.database)
    }
  }
}
