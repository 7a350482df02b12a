import EstoqueDatabase
import EstoqueTestSupport
import Revoada
import Testing

@testable import EstoqueIntake

/// Files of documents are kept for some time; what they did is kept for ever.
@Suite(.timeLimit(.minutes(10)))
struct PruningTests {
  private static let day = 86_400_000_000

  @Test(arguments: Backend.concurrent)
  func `old files go, keys and movements stay`(on backend: Backend) async throws {
    let now = AtomicInteger(1_000_000_000_000_000)
    try await Office.open(
      on: backend,
      {
        $0.keep = .seconds(100 * 86_400)
        $0.clock = { Int64(now.load()) }
      }
    ) { office in
      let (old, bytes) = (try await office.take(Office.purchase(1)), try Office.purchase(1).bytes())
      var bare = try Office.purchase(2)
      bare.status = nil
      let undecided = try await office.take(bare)
      #expect(undecided.state == .review)
      now.add(60 * Self.day)
      let young = try await office.take(Office.purchase(3))
      #expect(try await !office.intake.prune())
      now.add(41 * Self.day)
      #expect(try await office.intake.prune())
      #expect(try await office.intake.file(of: old.id) == nil)
      #expect(try await office.intake.file(of: undecided.id) != nil)
      #expect(try await office.intake.file(of: young.id) != nil)
      // It can still be looked at, and is still known.
      let detail = try #require(try await office.intake.document(old.id))
      #expect(detail.document == old && detail.lines.isEmpty)
      #expect(try await office.take(bytes).state == .duplicate)
      #expect(try await office.stock(supplierCode("A-1")) == whole(20))
      // Once a day: the next one by the clock, not sooner.
      now.add(99 * Self.day)
      #expect(try await office.intake.prune())
      #expect(try await office.intake.file(of: young.id) == nil)
      now.add(Self.day / 2)
      #expect(try await !office.intake.prune())
    }
  }

  @Test(arguments: Backend.concurrent)
  func `a lot's file stays as long as one of its documents needs it`(on backend: Backend) async throws {
    let now = AtomicInteger(1_000_000_000_000_000)
    try await Office.open(
      on: backend,
      {
        $0.keep = .seconds(86_400)
        $0.clock = { Int64(now.load()) }
      }
    ) { office in
      let bare = try (1...2).map { number in
        var invoice = try Office.purchase(number)
        invoice.status = nil
        return try invoice.element()
      }
      let lot =
        #"<enviNFe xmlns="http://www.portalfiscal.inf.br/nfe" versao="4.00"><idLote>1</idLote><indSinc>0</indSinc>"#
        + bare.joined() + "</enviNFe>"
      try await office.take(Array(lot.utf8), "lote.xml")
      let documents = try await office.intake.documents().items
      #expect(documents.map(\.state) == [.review, .review])
      for document in documents {
        now.add(3 * Self.day)
        #expect(try await !office.intake.prune())
        try await office.intake.decide(.reject(note: ""), about: document.id)
      }
      now.add(3 * Self.day)
      #expect(try await office.intake.prune())
      #expect(try await office.count("intake_content") == 0)
    }
  }
}
