import EstoqueDocuments
import EstoqueDomain
import EstoqueSamples
import EstoqueStock
import EstoqueTestSupport
import Revoada
import Testing

@testable import EstoqueIntake

/// What each kind of document does to the stock.
@Suite(.timeLimit(.minutes(10)))
struct RuleTests {
  @Test(arguments: Backend.available)
  func `a purchase comes in at its cost`(on backend: Backend) async throws {
    try await Office.open(on: backend) { office in
      let invoice = try Office.purchase()
      let document = try await office.take(invoice)
      #expect(document.state == .accepted && document.reason == "entrada de 2 itens, 2 produtos criados")
      #expect(try document.key == invoice.key.text && document.number == 1 && document.series == 1)
      #expect(document.emitter == invoice.emitter.cnpj.text && document.items == 2)
      #expect(document.total?.scaled == 25_000 && document.emitterName == invoice.emitter.name)
      let product = try #require(try await office.product(supplierCode("A-1")))
      #expect(product.details.name == "Produto A-1" && product.details.ncm == "73181500")
      let movements = try await office.database.read { try $0.movements(of: product.id) }
      #expect(movements.map(\.kind) == [.receipt] && movements[0].quantity == whole(10))
      #expect(movements[0].cost.scaled == 12_500 && movements[0].reference == "NF-e 1-1")
      // 2026-07-15T10:30:00-03:00
      #expect(movements[0].happenedAt == 1_784_122_200_000_000)
    }
  }

  @Test(arguments: Backend.concurrent)
  func `a sale goes out under the company's own codes`(on backend: Backend) async throws {
    try await Office.open(on: backend) { office in
      let coffee = try await office.addProduct("CAFE")
      let document = try await office.take(Office.sale())
      #expect(document.state == .accepted && document.reason == "saída de 1 item")
      let stock = try await office.stock("CAFE")
      #expect(stock == minus(10))
      let kinds = try await office.database.read { try $0.movements(of: coffee.id).map(\.kind) }
      #expect(kinds == [.issue])
    }
  }

  @Test(arguments: Backend.concurrent)
  func `the company's own entry comes in`(on backend: Backend) async throws {
    try await Office.open(on: backend) { office in
      var invoice = try Office.sale()
      invoice.operation = 0
      let document = try await office.take(invoice)
      let stock = try await office.stock("CAFE")
      #expect(document.state == .accepted && stock == whole(10))
    }
  }

  @Test(arguments: Backend.concurrent)
  func `what must not move the stock does not`(on backend: Backend) async throws {
    try await Office.open(on: backend) { office in
      var strange = try Office.purchase(1)
      strange.recipient = .customers[0]
      var denied = try Office.purchase(2)
      denied.status = 302
      var test = try Office.purchase(3)
      test.environment = 2
      var bare = try Office.purchase(4)
      bare.status = nil
      var complement = try Office.purchase(5)
      complement.purpose = 2
      var service = try Office.purchase(6)
      service.items[0].isService = true
      var entry = try Office.purchase(7)
      entry.operation = 0
      var other = try Office.purchase(8)
      other.protocolKey = try Office.purchase(9).key.text
      var digit = try Office.purchase(10)
      digit.id = String(repeating: "1", count: 44)
      for (invoice, state, reason) in [
        (strange, IntakeState.refused, "nem destinatária"), (denied, .refused, "cStat 302"),
        (test, .review, "homologação"), (bare, .review, "sem protocolo"), (complement, .review, "finNFe 2"),
        (service, .review, "serviço no item 1"), (entry, .review, "decida o sentido"),
        (other, .refused, "protocolo é da chave"), (digit, .refused, "dígito"),
      ] {
        let document = try await office.take(invoice)
        #expect(document.state == state && document.reason.contains(reason), "\(document.reason)")
      }
      for file in ["", "isto não é XML", "<!DOCTYPE a><a/>", "<mdfeProc/>", "<NFe>"] {
        let document = try await office.take(Array(file.utf8))
        #expect(document.state == .refused && !document.reason.isEmpty)
      }
      let (movements, keys) = (try await office.count("movement"), try await office.count("nfe"))
      #expect(movements == 0 && keys == 0)
    }
  }

  @Test(arguments: Backend.concurrent)
  func `a return goes the way of its direction`(on backend: Backend) async throws {
    try await Office.open(on: backend) { office in
      var invoice = try Office.purchase()
      invoice.purpose = 4
      let document = try await office.take(invoice)
      let stock = try await office.stock(supplierCode("A-1"))
      #expect(document.state == .accepted && stock == whole(10))
    }
  }

  @Test(arguments: Backend.concurrent)
  func `lots and their days are kept`(on backend: Backend) async throws {
    try await Office.open(on: backend) { office in
      var item = try Office.item()
      item.lot = SampleItem.Lot(number: "L7", made: "2026-01-02", expires: "2027-03-04")
      try await office.take(Office.purchase(1, [item]))
      try await office.take(Office.purchase(2, [item]))
      let lots = try await office.database.read { session in
        try session.query(
          "SELECT l.number, l.made, l.expires, s.quantity FROM lot l JOIN lot_stock s ON s.lot = l.id"
        ) { "\(try $0[0] as String) \(try $0[1] as String) \(try $0[2] as String) \(try $0[3] as Quantity)" }
      }
      #expect(lots == ["L7 2026-01-02 2027-03-04 20.0000"])
    }
  }

  @Test(arguments: Backend.concurrent)
  func `what goes may be more than there is, where that is allowed`(on backend: Backend) async throws {
    try await Office.open(on: backend, { $0.negativeStock = .refused }) { office in
      _ = try await office.addProduct("CAFE")
      let document = try await office.take(Office.sale(1))
      #expect(document.state == .review && document.reason.contains("saldo insuficiente de CAFE"))
      var entry = try Office.sale(2)
      entry.operation = 0
      // Others of the same slice are not harmed.
      let files = [
        try entry.bytes(), try Office.sale(3, [Office.item("CAFE", 99)]).bytes(), try Office.sale(4).bytes(),
      ]
      _ = try await office.intake.submit(
        files.map { IntakeFile(name: "n.xml", bytes: $0) }, from: .upload)
      try await office.intake.process()
      let states = try await office.states()
      #expect(states == [.review, .accepted, .review, .accepted])
      let stock = try await office.stock("CAFE")
      #expect(stock == .zero)
    }
  }

  @Test(arguments: Backend.concurrent)
  func `branches have their places`(on backend: Backend) async throws {
    try await backend.withDatabase(migrations: Office.migrations) { database in
      let place = try await database.transaction {
        try $0.value(
          "INSERT INTO location (code, name) VALUES ('FILIAL', 'Filial') RETURNING id", as: Location.ID.self)
      }
      let branch = try #require(place)
      let office = try Office(database) {
        $0.judge.companies.insert(SampleCompany.branch.cnpj)
        $0.locations = [SampleCompany.branch.cnpj: branch]
      }
      var invoice = try Office.purchase()
      invoice.recipient = .branch
      try await office.take(invoice)
      let product = try #require(try await office.product(supplierCode("A-1"))).id
      let stock = try await database.read { try $0.stock(of: product, at: branch) }
      #expect(stock == whole(10))
      try await office.expectSound()
    }
  }

  @Test func `settings that make no sense are errors`() async throws {
    try await Backend.sqliteMemory.withDatabase { database in
      for change: (inout IntakeConfiguration) -> Void in [
        { $0.workers = 0 }, { $0.slice = 0 }, { $0.lease = .zero }, { $0.attempts = 0 }, { $0.poll = .zero },
        { $0.limits.files = 0 }, { $0.folder = WatchedFolder(path: "") },
      ] {
        #expect(throws: InvalidSetting.self) { try Intake(database, Office.configuration(change)) }
      }
    }
  }
}
