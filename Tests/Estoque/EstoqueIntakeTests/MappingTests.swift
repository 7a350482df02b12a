import EstoqueDocuments
import EstoqueDomain
import EstoqueSamples
import EstoqueStock
import EstoqueTestSupport
import Testing

@testable import EstoqueIntake

/// What suppliers' codes and units are in the company's own.
@Suite(.timeLimit(.minutes(10)))
struct MappingTests {
  @Test(arguments: Backend.concurrent)
  func `a box is so many bottles`(on backend: Backend) async throws {
    try await Office.open(on: backend) { office in
      let water = try await office.addProduct("AGUA")
      try await office.map("A-1", "CX", to: water, factor: 12)
      var item = try Office.item("A-1", 3, unit: "Caixa")
      item.lot = SampleItem.Lot(number: "L1", made: "2026-01-02", expires: "2027-03-04")
      let document = try await office.take(Office.purchase(1, [item]))
      let stock = try await office.stock("AGUA")
      #expect(document.state == .accepted && stock == whole(36))
      let cost = try await office.database.read { try $0.stockCost(of: water.id).scaled }
      #expect(cost == 3_750)
      let lot = try await office.database.read {
        try $0.value("SELECT quantity FROM lot_stock", as: Quantity.self)
      }
      #expect(lot == whole(36))
    }
  }

  @Test(arguments: Backend.concurrent)
  func `the unit of taxation is taken where the other is not known`(on backend: Backend) async throws {
    try await Office.open(on: backend) { office in
      let water = try await office.addProduct("AGUA")
      try await office.map("A-1", "UN", to: water)
      var item = try Office.item("A-1", 2, unit: "CX")
      item.factor = whole(6)
      try await office.take(Office.purchase(1, [item]))
      let stock = try await office.stock("AGUA")
      #expect(stock == whole(12))
    }
  }

  @Test(arguments: Backend.concurrent)
  func `a known product in a new unit waits for its factor`(on backend: Backend) async throws {
    try await Office.open(on: backend) { office in
      let water = try await office.addProduct("AGUA")
      try await office.map("A-1", "UN", to: water)
      let document = try await office.take(Office.purchase(1, [Office.item("A-1", 2, unit: "FD")]))
      #expect(document.state == .review && document.reason.contains("unidade nova"))
      let detail = try #require(try await office.intake.document(document.id))
      #expect(detail.lines.map(\.suggestions) == [[.init(product: water, ground: .supplier)]])
      let line = try IntakeDecision.Line(number: 1, .product(water.id), factor: whole(24))
      let decided = try await office.intake.decide(.accept([line]), about: document.id)
      let stock = try await office.stock("AGUA")
      #expect(decided.state == .accepted && stock == whole(48))
      // Remembered.
      let next = try await office.take(Office.purchase(2, [Office.item("A-1", 1, unit: "FD")]))
      let after = try await office.stock("AGUA")
      #expect(next.state == .accepted && after == whole(72))
    }
  }

  @Test(arguments: Backend.concurrent)
  func `a barcode says what it is`(on backend: Backend) async throws {
    try await Office.open(on: backend, { $0.unknownProducts = .match }) { office in
      let gtin = try GTIN(base: "789100010101").text
      let coffee = try await office.addProduct("CAFE", gtin: gtin)
      var item = try Office.item()
      item.gtin = "0" + gtin
      let document = try await office.take(Office.purchase(1, [item]))
      let stock = try await office.stock("CAFE")
      #expect(document.state == .accepted && stock == whole(10))
      let mappings = try await office.database.read { try $0.supplierProducts(product: coffee.id) }
      #expect(mappings.map(\.code) == ["A-1"])
      // Two products with one barcode say nothing, and without a barcode there is none.
      let twice = try GTIN(base: "789100010102").text
      for code in ["X", "Y"] { _ = try await office.addProduct(code, gtin: twice) }
      var ambiguous = try Office.item("C-3")
      ambiguous.gtin = twice
      let doubtful = try await office.take(Office.purchase(2, [ambiguous]))
      let unknown = try await office.take(Office.purchase(3, [Office.item("D-4")]))
      #expect(doubtful.state == .review && unknown.state == .review)
      #expect(unknown.reason == "sem produto correspondente: escolha o produto do item 1")
    }
  }

  @Test(arguments: Backend.concurrent)
  func `nothing is matched or created where people want to see it first`(on backend: Backend) async throws {
    try await Office.open(on: backend, { $0.unknownProducts = .review }) { office in
      let gtin = try GTIN(base: "789100010101").text
      let coffee = try await office.addProduct("CAFE", gtin: gtin, name: "Café torrado")
      var first = try Office.item()
      first.gtin = gtin
      var second = try Office.item("Z-9")
      second.name = "CAFÉ TORRADO 500G"
      let document = try await office.take(Office.purchase(1, [first, second]))
      #expect(document.state == .review && document.reason.contains("dos itens 1, 2"))
      let detail = try #require(try await office.intake.document(document.id))
      #expect(detail.direction == .in && detail.lines.map(\.product) == [nil, nil])
      #expect(
        detail.lines.map(\.suggestions) == [
          [.init(product: coffee, ground: .gtin)], [.init(product: coffee, ground: .name)],
        ])
      #expect(detail.lines[0].unitCost.scaled == 125_000_000_000 && detail.lines[0].quantity == whole(10))
      let products = try await office.count("product")
      #expect(products == 1)
    }
  }

  @Test(arguments: Backend.concurrent)
  func `the same code may stand twice, and two suppliers may have it`(on backend: Backend) async throws {
    try await Office.open(on: backend) { office in
      try await office.take(Office.purchase(1, [Office.item("A-1", 1), Office.item("A-1", 2, unit: "und")]))
      var other = try Office.purchase(1, [Office.item("A-1", 4)])
      other.emitter = .suppliers[1]
      try await office.take(other)
      let products = try await office.count("product")
      let stock = try await office.stock(supplierCode("A-1"))
      #expect(products == 2 && stock == whole(3))
    }
  }

  @Test(arguments: Backend.concurrent)
  func `mappings are listed, changed and forgotten`(on backend: Backend) async throws {
    try await Office.open(on: backend) { office in
      let (a, b) = (try await office.addProduct("A"), try await office.addProduct("B"))
      for code in ["1", "2", "3"] { try await office.map(code, to: a) }
      try await office.map("2", "CX", to: b, factor: 12)
      let supplier = SampleCompany.suppliers[0].cnpj.text
      let all = try await office.database.read { try $0.supplierProducts(of: supplier) }
      #expect(all.map { "\($0.code) \($0.unit)" } == ["1 UN", "2 CX", "2 UN", "3 UN"])
      let rest = try await office.database.read { try $0.supplierProducts(after: all[1], limit: 1) }
      #expect(rest == [all[2]])
      let ofB = try await office.database.read { try $0.supplierProducts(product: b.id) }
      #expect(ofB == [all[1]])
      let gone = try await office.database.transaction {
        (
          try $0.forgetSupplierProduct(supplier: supplier, code: "3", unit: "unid"),
          try $0.forgetSupplierProduct(supplier: supplier, code: "3", unit: "UN")
        )
      }
      #expect(gone == (true, false))
      await #expect(throws: StockFault.wrongFactor(code: "1")) { try await office.map("1", to: a, factor: 0) }
    }
  }

  @Test func `a line is divided among its lots without a rest`() throws {
    let parser = DocumentParser()
    func line(_ lots: String, quantity: Int = 3) throws -> StockEffect.Line {
      let item = try Office.item("A-1", quantity)
      let xml = try Office.purchase(1, [item]).xml()
        .replacing("<indTot>1</indTot>", with: "<indTot>1</indTot>\(lots)")
      let judge = Judge(companies: [SampleCompany.own.cnpj])
      guard
        case .accepted(_, let effect) = judge.judge(try parser.parse(Array(xml.utf8)).documents[0]).verdict
      else { throw IntakeFault.noFiles }
      return effect.lines[0]
    }
    func lot(_ number: String, _ quantity: String) -> String {
      "<rastro><nLote>\(number)</nLote><qLote>\(quantity)</qLote><dFab>2026-01-01</dFab><dVal>2027-01-01</dVal></rastro>"
    }
    let product = Product.ID(rawValue: 1)
    let single = Conversion(product: product, factor: whole(1), measured: .commercial)
    let dozen = Conversion(product: product, factor: whole(12), measured: .commercial)
    func shares(_ line: StockEffect.Line, _ conversion: Conversion) throws -> [String] {
      try line.shares(conversion).map { "\($0.lot?.number ?? "-") \($0.quantity) \($0.cost)" }
    }
    #expect(try shares(line(""), dozen) == ["- 36.0000 37.50"])
    #expect(
      try shares(line(lot("A", "1.0000") + lot("B", "1.0000") + lot("C", "1.0000"), quantity: 3), single)
        == ["A 1.0000 12.50", "B 1.0000 12.50", "C 1.0000 12.50"])
    #expect(try shares(line(lot("A", "2.0000")), dozen) == ["A 24.0000 25.00", "- 12.0000 12.50"])
    #expect(
      try shares(line(lot("A", "2.0000"), quantity: 7), single) == ["A 2.0000 25.00", "- 5.0000 62.50"])
    // Lots that are more than the line say nothing.
    #expect(try shares(line(lot("A", "9.0000")), single) == ["- 3.0000 37.50"])
    let third = Conversion(
      product: product, factor: try Quantity(scaled: 3_333), measured: .commercial)
    #expect(try shares(line(lot("A", "1.5000")), third) == ["- 0.9999 37.50"])
    let item = try line("", quantity: 1)
    #expect(throws: Never.self) { try item.shares(third) }
  }
}
