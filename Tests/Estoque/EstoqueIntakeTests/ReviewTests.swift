import EstoqueDocuments
import EstoqueDomain
import EstoqueSamples
import EstoqueStock
import EstoqueTestSupport
import Testing

@testable import EstoqueIntake

@Suite(.timeLimit(.minutes(10)))
struct ReviewTests {
  @Test(arguments: Backend.concurrent)
  func `a decision is noted with its person`(on backend: Backend) async throws {
    try await Office.open(on: backend, { $0.unknownProducts = .review }) { office in
      let tea = try await office.addProduct("CHA")
      let user = User.ID(rawValue: 7)
      let document = try await office.take(Office.purchase())
      await #expect(throws: IntakeFault.unmapped(items: [1, 2])) {
        try await office.intake.decide(.accept(), about: document.id)
      }
      await #expect(throws: IntakeFault.unmapped(items: [2])) {
        try await office.intake.decide(
          .accept([IntakeDecision.Line(number: 1, .product(tea.id))]), about: document.id)
      }
      await #expect(throws: IntakeFault.unknownLine(number: 9)) {
        try await office.intake.decide(
          .accept([IntakeDecision.Line(number: 9, .create)]), about: document.id)
      }
      await #expect(throws: StockFault.unknownProduct(Product.ID(rawValue: 99))) {
        try await office.intake.decide(
          .accept([IntakeDecision.Line(number: 1, .product(Product.ID(rawValue: 99)))]), about: document.id)
      }
      await #expect(throws: StockFault.wrongFactor(code: "A-1")) {
        try await office.intake.decide(
          .accept([IntakeDecision.Line(number: 1, .product(tea.id), factor: .zero)]), about: document.id)
      }
      // A decision that fails leaves nothing behind.
      let mappings = try await office.count("supplier_product")
      #expect(mappings == 0)
      let lines = [
        try IntakeDecision.Line(number: 1, .product(tea.id)), try IntakeDecision.Line(number: 2, .create),
      ]
      let decided = try await office.intake.decide(
        .accept(lines, note: "visto"), about: document.id, by: user)
      #expect(decided.state == .accepted && decided.decidedBy == user && decided.note == "visto")
      let (stock, created) = (try await office.stock("CHA"), try await office.stock(supplierCode("B-2")))
      #expect(stock == whole(10) && created == whole(10))
      let by = try await office.database.read {
        try $0.value("SELECT posted_by FROM posting", as: User.ID?.self)
      }
      #expect(by == user)
      await #expect(throws: IntakeFault.notInReview(.accepted)) {
        try await office.intake.decide(.reject(), about: document.id)
      }
      await #expect(throws: IntakeFault.unknownDocument(IntakeDocument.ID(rawValue: 99))) {
        try await office.intake.decide(.reject(), about: IntakeDocument.ID(rawValue: 99))
      }
    }
  }

  @Test(arguments: Backend.concurrent)
  func `what is rejected does nothing`(on backend: Backend) async throws {
    try await Office.open(on: backend, { $0.unknownProducts = .review }) { office in
      let document = try await office.take(Office.purchase())
      let decided = try await office.intake.decide(.reject(note: "não é nosso"), about: document.id)
      #expect(decided.state == .refused && decided.reason == "rejeitado na revisão: não é nosso")
      let movements = try await office.count("movement")
      #expect(movements == 0)
    }
  }

  @Test(arguments: Backend.concurrent)
  func `some documents nobody can take, others need a direction`(on backend: Backend) async throws {
    try await Office.open(on: backend) { office in
      var test = try Office.purchase(1)
      test.environment = 2
      let homologation = try await office.take(test)
      await #expect(throws: IntakeFault.self) {
        try await office.intake.decide(.accept(), about: homologation.id)
      }
      var entry = try Office.purchase(2, [Office.item()])
      entry.operation = 0
      let undecided = try await office.take(entry)
      let asked = try #require(try await office.intake.document(undecided.id))
      #expect(asked.needsDirection && asked.direction == nil && asked.lines.count == 1)
      let never = try #require(try await office.intake.document(homologation.id))
      #expect(!never.needsDirection)
      await #expect(throws: IntakeFault.directionNeeded) {
        try await office.intake.decide(.accept(), about: undecided.id)
      }
      let decided = try await office.intake.decide(.accept(direction: .out), about: undecided.id)
      let stock = try await office.stock(supplierCode("A-1"))
      #expect(decided.state == .accepted && stock == minus(10))
      #expect(decided.reason == "aceito na revisão como saída")
      let settled = try #require(try await office.intake.document(undecided.id))
      #expect(!settled.needsDirection)
      // What the document itself says cannot be decided the other way round.
      var bare = try Office.purchase(3, [Office.item()])
      bare.status = nil
      let certain = try await office.take(bare)
      await #expect(throws: IntakeFault.otherDirection) {
        try await office.intake.decide(.accept(direction: .out), about: certain.id)
      }
      #expect(try await office.intake.decide(.accept(direction: .in), about: certain.id).state == .accepted)
    }
  }

  @Test(arguments: Backend.concurrent)
  func `two people decide at once, and one of them is heard`(on backend: Backend) async throws {
    try await Office.open(on: backend) { office in
      var bare = try Office.purchase()
      bare.status = nil
      let document = try await office.take(bare)
      let heard = await withTaskGroup(of: Bool.self) { group in
        for _ in 0..<8 {
          group.addTask {
            do {
              return try await office.intake.decide(.accept(), about: document.id).state == .accepted
            } catch {
              return false
            }
          }
        }
        return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
      }
      let stock = try await office.stock(supplierCode("A-1"))
      #expect(heard == 1 && stock == whole(10))
    }
  }

  @Test(arguments: Backend.concurrent)
  func `without a company everything waits for one`(on backend: Backend) async throws {
    try await Office.open(on: backend, { $0.judge.companies = [] }) { office in
      let document = try await office.take(Office.purchase())
      #expect(document.state == .review && document.reason.contains("nenhuma empresa configurada"))
      await #expect(throws: IntakeFault.self) {
        try await office.intake.decide(.accept(), about: document.id)
      }
      let configured = try office.another()
      let decided = try await configured.intake.decide(.accept(), about: document.id)
      #expect(decided.state == .accepted)
    }
  }

  @Test(arguments: Backend.concurrent)
  func `documents are listed and found`(on backend: Backend) async throws {
    try await Office.open(on: backend) { office in
      for number in 1...5 { try await office.take(Office.purchase(number)) }
      try await office.take(Array("nada".utf8), "100%_lixo.xml")
      var query = IntakeQuery()
      query.limit = 4
      let first = try await office.intake.documents(query)
      #expect(first.items.count == 4 && first.total == 6)
      query.after = first.next
      let rest = try await office.intake.documents(query)
      #expect(rest.items.map(\.number) == [2, 1] && rest.next == nil && rest.total == 6)
      for (search, count) in [
        ("3", 5), (SampleCompany.suppliers[0].name, 5), ("0%_l", 1), ("%", 1), ("nada disso", 0),
        (try Office.purchase(4).key.text, 1),
      ] {
        let found = try await office.intake.documents(IntakeQuery(search: search))
        #expect(found.total >= min(1, count) && (search == "3" || found.total == count), "\(search)")
      }
      let refused = try await office.intake.documents(IntakeQuery(states: [.refused, .conflict]))
      #expect(refused.items.map(\.file) == ["100%_lixo.xml"] && refused.total == 1)
      #expect(refused.counts == [.accepted: 5, .refused: 1])
      let trash = try await office.intake.documents(IntakeQuery(states: [.accepted], search: "lixo"))
      #expect(trash.items.isEmpty && trash.total == 0 && trash.counts == [.refused: 1])
      let batch = try await office.intake.documents(IntakeQuery(batch: first.items[1].batch))
      #expect(batch.items == [first.items[1]])
      let counts = try await office.intake.counts()
      #expect(counts == [.accepted: 5, .refused: 1])
      let file = try await office.intake.file(of: first.items[0].id)
      #expect(file == Array("nada".utf8))
      let nothing = try await office.intake.document(IntakeDocument.ID(rawValue: 99))
      #expect(nothing == nil)
    }
  }
}
