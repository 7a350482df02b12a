import EstoqueDatabase
import EstoqueDomain
import EstoqueSamples
import EstoqueTestSupport
import Revoada
import Testing

@testable import EstoqueIntake

/// Whatever comes twice has its effect once.
@Suite(.timeLimit(.minutes(10)))
struct IdempotencyTests {
  @Test(arguments: Backend.concurrent)
  func `the same again is a duplicate, another content a conflict`(on backend: Backend) async throws {
    try await Office.open(on: backend) { office in
      let invoice = try Office.purchase()
      let first = try await office.take(invoice)
      let again = try await office.take(invoice)
      var changed = invoice
      changed.items[0].quantity = whole(99)
      let other = try await office.take(changed)
      #expect([first, again, other].map(\.state) == [.accepted, .duplicate, .conflict])
      #expect(again.reason == "já processado (documento \(first.id))" && other.key == first.key)
      let (stock, postings) = (
        try await office.stock(supplierCode("A-1")), try await office.count("posting")
      )
      #expect(stock == whole(10) && postings == 1)
    }
  }

  @Test(arguments: Backend.concurrent)
  func `a bare invoice never stands in the way of its authorised form`(on backend: Backend) async throws {
    try await Office.open(on: backend) { office in
      let invoice = try Office.purchase()
      var bare = invoice
      bare.status = nil
      let first = try await office.take(bare)
      let again = try await office.take(bare)
      let authorised = try await office.take(invoice)
      #expect([first, again, authorised].map(\.state) == [.review, .duplicate, .accepted])
      #expect(again.reason == "já recebido e em revisão (documento \(first.id))")
      let fault = await #expect(throws: IntakeFault.self) {
        try await office.intake.decide(.accept(), about: first.id)
      }
      #expect(fault == .alreadyPosted(by: authorised.id))
      let late = try await office.take(bare)
      #expect(late.state == .conflict)
      let stock = try await office.stock(supplierCode("A-1"))
      #expect(stock == whole(10))
    }
  }

  @Test(arguments: Backend.concurrent)
  func `a bare invoice that was accepted gives way to its authorised form`(on backend: Backend) async throws {
    try await Office.open(on: backend) { office in
      let invoice = try Office.purchase()
      var bare = invoice
      bare.status = nil
      bare.items[0].quantity = whole(4)
      let first = try await office.take(bare)
      let decided = try await office.intake.decide(.accept(), about: first.id)
      let before = try await office.stock(supplierCode("A-1"))
      #expect(decided.state == .accepted && before == whole(4))
      let authorised = try await office.take(invoice)
      let after = try await office.stock(supplierCode("A-1"))
      #expect(authorised.state == .accepted && after == whole(10))
      #expect(authorised.reason.contains("substitui") && authorised.reason.contains("\(first.id)"))
      let again = try await office.take(invoice)
      #expect(again.state == .duplicate)
    }
  }

  @Test(arguments: Backend.available)
  func `fifty clients at once send the same file`(on backend: Backend) async throws {
    try await Office.open(on: backend) { office in
      let bytes = try Office.purchase().bytes()
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<50 { group.addTask { try await office.take(bytes) } }
        try await group.waitForAll()
      }
      try await office.intake.process()
      let states = try await office.states()
      #expect(states.count { $0 == .accepted } == 1 && states.count { $0 == .duplicate } == 49)
      let (stock, movements) = (
        try await office.stock(supplierCode("A-1")), try await office.count("movement")
      )
      #expect(stock == whole(10) && movements == 2)
    }
  }

  @Test(arguments: Backend.concurrent)
  func `instances share the work and post nothing twice`(on backend: Backend) async throws {
    try await backend.withPlace { place in
      let databases = [try Database(place), try Database(place)]
      try await databases[0].migrate(Office.migrations)
      // Small slices, so that both get some; each invoice three times.
      let offices = try databases.map { try Office($0) { $0.slice = 3 } }
      var trade = SampleTrade(seed: 7)
      let files = try (1...60).map { try trade.invoice($0, items: 2).bytes() }
      try await withThrowingTaskGroup(of: Int.self) { group in
        for office in offices {
          group.addTask {
            for start in stride(from: 0, to: files.count, by: 20) {
              _ = try await office.intake.submit(
                files[start..<start + 20].map { IntakeFile(name: "n.xml", bytes: $0) }, from: .upload)
            }
            _ = try await office.intake.submit(
              files.shuffled().map { IntakeFile(name: "n.xml", bytes: $0) }, from: .upload)
            return 0
          }
          group.addTask {
            var settled = 0
            while try await office.count("intake") < 240 { settled += try await office.intake.process() }
            return settled + (try await office.intake.process())
          }
        }
        var settled = 0
        for try await count in group { settled += count }
        #expect(settled <= 240)
      }
      for office in offices { try await office.intake.process() }
      let counts = try await offices[0].intake.counts()
      #expect(counts == [.accepted: 60, .duplicate: 180])
      let (postings, keys) = (try await offices[0].count("posting"), try await offices[0].count("nfe"))
      #expect(postings == 60 && keys == 60)
      try await offices[0].expectSound()
      for database in databases { try await database.close() }
    }
  }

  @Test(arguments: Backend.concurrent)
  func `who comes back after the lease does nothing`(on backend: Backend) async throws {
    try await Office.open(on: backend) { office in
      let now = AtomicInteger(1_000_000_000_000_000)
      let slow = try office.another { $0.clock = { Int64(now.load()) } }
      let quick = try office.another { $0.clock = { Int64(now.load()) } }
      _ = try await slow.intake.submit(
        [IntakeFile(name: "n.xml", bytes: Office.purchase().bytes())], from: .upload)
      let slice = try #require(try await slow.intake.worker.claim())
      // As long as the lease holds, nobody else gets it.
      let early = try await quick.intake.process()
      now.add(61_000_000)
      let late = try await quick.intake.process()
      #expect(early == 0 && late == 1)
      let settled = try await slow.intake.worker.work(on: slice)
      #expect(settled.isEmpty)
      let states = try await office.states()
      #expect(states == [.accepted])
    }
  }

  @Test(arguments: Backend.concurrent)
  func `what kills whoever takes it is put aside`(on backend: Backend) async throws {
    try await Office.open(on: backend) { office in
      let now = AtomicInteger(1_000_000_000_000_000)
      let doomed = try office.another { $0.clock = { Int64(now.load()) } }
      _ = try await doomed.intake.submit(
        [IntakeFile(name: "n.xml", bytes: Office.purchase().bytes())], from: .upload)
      for _ in 0..<5 {
        let slice = try await doomed.intake.worker.claim()
        #expect(slice != nil)
        now.add(61_000_000)
      }
      try await doomed.intake.process()
      let document = try await office.intake.documents().items[0]
      #expect(document.state == .review && document.reason.contains("5 tentativas"))
      // A person may still want it.
      let decided = try await office.intake.decide(.accept(), about: document.id)
      #expect(decided.state == .accepted)
    }
  }
}
