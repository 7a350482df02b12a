import CoreTestSupport
import EstoqueDatabase
import EstoqueDomain
import EstoqueSamples
import EstoqueTestSupport
import Revoada
import Testing

@testable import EstoqueIntake

/// The work ends between any two steps, as if the process had died there, and somebody else goes on.
@Suite(.timeLimit(.minutes(10)))
struct FaultTests {
  private struct Crash: Error {}

  /// Ends the work when it has passed so many steps.
  private static func crash(after steps: Int, at passed: AtomicInteger)
    -> @Sendable (IntakeStep) throws -> Void
  {
    { _ in if passed.add(1) == steps { throw Crash() } }
  }

  @Test(arguments: Backend.concurrent, UInt64(1)...3)
  func `nothing is lost and nothing doubled`(on backend: Backend, seed: UInt64) async throws {
    try await Office.open(on: backend) { office in
      var generator = SeededGenerator(seed: seed)
      var trade = SampleTrade(seed: seed)
      var files: [[UInt8]] = []
      for number in 1...12 {
        let invoice = try trade.invoice(number, items: 3)
        files.append(try invoice.bytes())
        if number % 3 == 0 { files.append(SampleEvent(of: try invoice.key, type: 110_111).bytes()) }
        if number % 4 == 0 { files.append(try invoice.bytes()) }
      }
      files.shuffle(using: &generator)
      let all = files.enumerated().map { IntakeFile(name: "\($0.offset).xml", bytes: $0.element) }
      let clock = AtomicInteger(1_000_000_000_000_000)
      var submitted = false
      var crashes = 0
      // A process after the other, each of which dies one step later than the one before, and at random steps.
      for life in 1...60 {
        let passed = AtomicInteger(0)
        let steps = life <= 30 ? life : Int.random(in: 1...30, using: &generator)
        let instance = try office.another {
          $0.slice = 4
          $0.workers = 2
          $0.attempts = 1_000
          $0.clock = { Int64(clock.load()) }
          $0.checkpoint = Self.crash(after: steps, at: passed)
        }
        do {
          if !submitted {
            _ = try await instance.intake.submit(all, from: .upload)
            submitted = true
          }
          try await instance.intake.process()
        } catch is Crash { crashes += 1 }
        submitted = try await office.count("intake") >= all.count
        clock.add(61_000_000)
      }
      #expect(crashes >= 5)
      let last = try office.another { $0.clock = { Int64(clock.load()) } }
      try await last.intake.process()
      let counts = try await office.intake.counts()
      #expect(counts[.waiting] == nil && counts[.conflict] == nil && counts[.refused] == nil)
      // However often it was handed in, and whoever has died on the way.
      let keys = try await office.count("nfe")
      let cancelled = try await office.database.read {
        try $0.value("SELECT count(*) FROM nfe WHERE cancelled_at IS NOT NULL", as: Int.self)
      }
      let (postings, reversals) = try await office.database.read { session in
        (
          try session.value("SELECT count(*) FROM posting", as: Int.self),
          try session.value(
            "SELECT count(DISTINCT posting) FROM movement WHERE kind = 'reversal'", as: Int.self)
        )
      }
      #expect(keys == 12 && cancelled == 4 && postings == 16 && reversals == 4)
      let inReview = try await office.intake.documents(IntakeQuery(states: [.review])).items
      #expect(inReview.isEmpty, "\(inReview.map(\.reason))")
    }
  }

  @Test(arguments: Backend.concurrent)
  func `a document that the database refuses harms no other`(on backend: Backend) async throws {
    try await Office.open(on: backend) { office in
      let broken = try await office.addProduct("QUEBRADO")
      try await office.map("X-1", to: broken)
      try await office.database.transaction { session in
        try session.run(
          script:
            "CREATE TABLE guard (product BIGINT PRIMARY KEY); INSERT INTO guard SELECT id FROM product WHERE code = 'QUEBRADO';"
        )
        let refuse = SQL(
          sqlite: """
            CREATE TRIGGER guarded BEFORE INSERT ON movement WHEN NEW.product IN (SELECT product FROM guard)
            BEGIN SELECT RAISE(ABORT, 'guarded'); END;
            """,
          postgres: """
            CREATE FUNCTION guard_movement() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
              IF EXISTS (SELECT 1 FROM guard WHERE product = NEW.product) THEN RAISE EXCEPTION 'guarded'; END IF;
              RETURN NEW; END $$;
            CREATE TRIGGER guarded BEFORE INSERT ON movement FOR EACH ROW EXECUTE FUNCTION guard_movement();
            """)
        try session.run(script: refuse)
      }
      let files = try [
        Office.purchase(1), Office.purchase(2, [Office.item("X-1")]), Office.purchase(3, [Office.item()]),
      ].map { IntakeFile(name: "n.xml", bytes: try $0.bytes()) }
      _ = try await office.intake.submit(files, from: .upload)
      try await office.intake.process()
      let documents = try await office.intake.documents().items.reversed().map(\.self)
      #expect(documents.map(\.state) == [.accepted, .review, .accepted])
      #expect(documents[1].reason.hasPrefix("erro ao lançar"), "\(documents[1].reason)")
      let stock = try await office.stock(supplierCode("A-1"))
      #expect(stock == whole(20))
    }
  }

  @Test func `each step is one at which the work can end`() async throws {
    let seen = Shared<Set<IntakeStep>>([])
    try await Office.open(
      on: .sqliteFile, { $0.checkpoint = { step in seen.withLock { _ = $0.insert(step) } } }
    ) { office in
      try await office.take(Office.purchase())
    }
    // `moving` is the watched folder's.
    #expect(seen.withLock { $0 } == Set(IntakeStep.allCases).subtracting([.moving]))
  }
}
