import EstoqueDomain
import EstoqueSamples
import EstoqueStock
import EstoqueTestSupport
import Testing

@testable import EstoqueIntake

@Suite(.timeLimit(.minutes(10)))
struct EventTests {
  @Test(arguments: Backend.concurrent, [110_111, 110_112])
  func `a cancellation undoes the movements, once`(on backend: Backend, type: Int) async throws {
    try await Office.open(on: backend) { office in
      let invoice = try Office.purchase()
      try await office.take(invoice)
      let event = SampleEvent(of: try invoice.key, type: type)
      let first = try await office.take(event)
      let again = try await office.take(event)
      var second = event
      second.sequence = 2
      let third = try await office.take(second)
      #expect([first, again, third].map(\.state) == [.event, .duplicate, .event])
      #expect(
        first.reason.hasSuffix("movimentos estornados") && third.reason.hasSuffix("já estava cancelada"))
      let (stock, movements) = (
        try await office.stock(supplierCode("A-1")), try await office.movements()
      )
      #expect(stock == .zero && movements == [.receipt, .receipt, .reversal, .reversal])
      // The invoice itself is still known.
      let late = try await office.take(invoice)
      #expect(late.state == .duplicate)
    }
  }

  @Test(arguments: Backend.concurrent)
  func `a cancellation that comes first waits for its invoice`(on backend: Backend) async throws {
    try await Office.open(on: backend) { office in
      let invoice = try Office.purchase()
      let event = try await office.take(SampleEvent(of: invoice.key, type: 110_111))
      #expect(event.state == .event && event.reason.hasSuffix("aguarda a nota"))
      let document = try await office.take(invoice)
      #expect(document.state == .accepted && document.reason.contains("estornados"))
      let (stock, movements) = (
        try await office.stock(supplierCode("A-1")), try await office.movements()
      )
      #expect(stock == .zero && movements == [.receipt, .receipt, .reversal, .reversal])
      let again = try await office.take(SampleEvent(of: invoice.key, type: 110_111))
      #expect(again.state == .duplicate)
    }
  }

  @Test(arguments: Backend.concurrent)
  func `a cancellation waits for an invoice in review`(on backend: Backend) async throws {
    try await Office.open(on: backend, { $0.unknownProducts = .review }) { office in
      let invoice = try Office.purchase(1, [Office.item()])
      let document = try await office.take(invoice)
      let event = try await office.take(SampleEvent(of: invoice.key, type: 110_111))
      #expect(document.state == .review && event.reason.hasSuffix("aguarda a nota"))
      let line = try IntakeDecision.Line(number: 1, .create)
      let decided = try await office.intake.decide(.accept([line]), about: document.id)
      let stock = try await office.stock(supplierCode("A-1"))
      #expect(decided.state == .accepted && stock == .zero)
      let movements = try await office.movements()
      #expect(movements == [.receipt, .reversal])
    }
  }

  @Test(arguments: Backend.concurrent)
  func `in one slice the order does not matter`(on backend: Backend) async throws {
    try await Office.open(on: backend) { office in
      for isFirst in [true, false] {
        let invoice = try Office.purchase(isFirst ? 1 : 2)
        let files = [try invoice.bytes(), SampleEvent(of: try invoice.key, type: 110_111).bytes()]
        _ = try await office.intake.submit(
          (isFirst ? files : files.reversed()).map { IntakeFile(name: "n.xml", bytes: $0) }, from: .upload)
      }
      try await office.intake.process()
      let states = try await office.states()
      #expect(states == [.accepted, .event, .event, .accepted])
      let stock = try await office.stock(supplierCode("A-1"))
      #expect(stock == .zero)
    }
  }

  @Test(arguments: Backend.concurrent)
  func `what is only recorded moves nothing`(on backend: Backend) async throws {
    try await Office.open(on: backend) { office in
      let invoice = try Office.purchase()
      try await office.take(invoice)
      let letter = try await office.take(SampleEvent(of: invoice.key, type: 110_110))
      var test = SampleEvent(of: try invoice.key, type: 110_111)
      test.environment = 2
      let homologation = try await office.take(test)
      var rejected = SampleEvent(of: try invoice.key, type: 110_111)
      rejected.status = 573
      let refused = try await office.take(rejected)
      #expect([letter, homologation, refused].map(\.state) == [.event, .event, .refused])
      var bare = SampleEvent(of: try invoice.key, type: 110_111)
      bare.status = nil
      let unconfirmed = try await office.take(bare)
      let stock = try await office.stock(supplierCode("A-1"))
      #expect(unconfirmed.state == .review && stock == whole(10))
      let decided = try await office.intake.decide(.accept(), about: unconfirmed.id)
      let after = try await office.stock(supplierCode("A-1"))
      #expect(decided.state == .event && after == .zero)
    }
  }

  @Test(arguments: Backend.concurrent)
  func `goods that have gone do not stop a cancellation`(on backend: Backend) async throws {
    try await Office.open(on: backend, { $0.negativeStock = .refused }) { office in
      let invoice = try Office.purchase(1, [Office.item()])
      try await office.take(invoice)
      let product = try #require(try await office.product(supplierCode("A-1"))).id
      try await office.database.transaction { session in
        try session.post(
          [MovementDraft(.issue, of: product, minus(7), happenedAt: 1)],
          from: PostingOrigin("manual", at: 1), negative: .refused)
      }
      let event = try await office.take(SampleEvent(of: invoice.key, type: 110_111))
      let stock = try await office.stock(supplierCode("A-1"))
      #expect(event.state == .event && stock == minus(7))
    }
  }
}
