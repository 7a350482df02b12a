import EstoqueDatabase
import EstoqueDomain
import EstoqueTestSupport
import Testing

@testable import EstoqueStock

@Suite(.timeLimit(.minutes(10)))
struct PlacesTests {
  @Test(arguments: Backend.concurrent) func categoriesAreAddedRenamedAndRemoved(on backend: Backend)
    async throws
  {
    try await Shop.open(on: backend) { shop in
      try await shop.database.transaction { session in
        let drinks = try session.addCategory(" Bebidas ")
        let tools = try session.addCategory("Ferramentas")
        #expect(throws: StockFault.nameTaken("Bebidas")) { try session.addCategory("Bebidas") }
        #expect(throws: StockFault.nameTaken("Bebidas")) {
          try session.renameCategory(tools.id, to: "Bebidas")
        }
        #expect(throws: StockFault.nameless) { try session.addCategory("  ") }
        #expect(try session.categories() == [drinks, tools])
        let renamed = try session.renameCategory(tools.id, to: "Aço")
        #expect(try session.categories() == [renamed, drinks])
        var coffee = shop.coffee
        coffee.details.category = drinks.id
        _ = try session.updateProduct(coffee, at: 2)
        #expect(throws: StockFault.categoryInUse("Bebidas", products: 1)) {
          try session.removeCategory(drinks.id)
        }
        try session.removeCategory(tools.id)
        var tea = shop.tea
        tea.details.category = tools.id
        #expect(throws: StockFault.unknownCategory(tools.id)) { try session.updateProduct(tea, at: 2) }
        #expect(throws: StockFault.unknownCategory(tools.id)) { try session.removeCategory(tools.id) }
        #expect(throws: StockFault.unknownCategory(tools.id)) {
          try session.renameCategory(tools.id, to: "X")
        }
        #expect(try session.category(named: "Bebidas") == drinks)
      }
    }
  }

  @Test(arguments: Backend.concurrent) func placesInUseStayInUse(on backend: Backend) async throws {
    try await Shop.open(on: backend) { shop in
      try await shop.database.transaction { session in
        #expect(throws: StockFault.locationInUse("PRINCIPAL")) {
          try session.changeLocation(Location.main, isActive: false)
        }
        let branch = try session.addLocation(code: "FILIAL", name: "Filial")
        #expect(throws: StockFault.nameTaken("FILIAL")) {
          try session.addLocation(code: "FILIAL", name: "Outra")
        }
        try session.post(
          [try shop.draft(.receipt, 2, cost: 100, at: branch.id)], from: Shop.origin, negative: .refused)
        #expect(throws: StockFault.locationInUse("FILIAL")) {
          try session.changeLocation(branch.id, isActive: false)
        }
        let renamed = try session.changeLocation(branch.id, code: "LOJA", name: "Loja 2")
        #expect(renamed.code == "LOJA" && renamed.name == "Loja 2" && renamed.isActive)
        try session.post([try shop.draft(.issue, -2, at: branch.id)], from: Shop.origin, negative: .refused)
        #expect(try session.changeLocation(branch.id, isActive: false).isActive == false)
        #expect(try session.locations().map(\.code) == ["LOJA", "PRINCIPAL"])
        let ghost = Location.ID(rawValue: 9)
        #expect(throws: StockFault.unknownLocation(ghost)) { try session.changeLocation(ghost, name: "X") }
      }
    }
  }

  @Test(arguments: Backend.concurrent) func nothingIsPostedAtAPlaceOutOfUse(on backend: Backend) async throws
  {
    try await Shop.open(on: backend) { shop in
      let branch = try await shop.database.transaction {
        try $0.addLocation(code: "FILIAL", name: "Filial").id
      }
      let receipt = try await shop.post([shop.draft(.receipt, 2, cost: 100, at: branch)])
      try await shop.post([shop.draft(.issue, -2, at: branch)])
      try await shop.database.transaction { _ = try $0.changeLocation(branch, isActive: false) }
      for drafts in [
        [try shop.draft(.receipt, 1, cost: 100, at: branch)],
        [try shop.draft(.adjustment, 1), try shop.draft(.adjustment, 1, at: branch)],
      ] {
        await #expect(throws: StockFault.locationClosed("FILIAL")) { try await shop.post(drafts) }
      }
      let ghost = Location.ID(rawValue: 9)
      await #expect(throws: StockFault.unknownLocation(ghost)) {
        try await shop.post([shop.draft(.receipt, 1, at: ghost)])
      }
      await #expect(throws: StockFault.locationClosed("FILIAL")) {
        try await shop.database.transaction { try $0.openStocktake(at: branch, moment: 1) }
      }
      let results = try await shop.database.transaction { session in
        try session.post(
          each: [
            [shop.draft(.receipt, 3, cost: 300)], [shop.draft(.receipt, 1, at: branch)],
            [shop.draft(.receipt, 1, at: ghost)], [shop.draft(.issue, -1)],
          ], from: Shop.origin, negative: .refused)
      }
      #expect(results.map { (try? $0.get()) != nil } == [true, false, false, true])
      let here = try await shop.stock(at: Location.main)
      #expect(here == whole(2))
      // What was posted before is undone where it was.
      try await shop.database.transaction {
        _ = try $0.reverse(posting: receipt, from: Shop.origin, negative: .allowed)
      }
      let there = try await shop.stock(at: branch)
      #expect(there == whole(-2))
      try await shop.expectBalance()
    }
  }

  /// Whoever is first: goods at the place, or the end of its use.
  @Test(arguments: Backend.concurrent) func aPlaceIsNotClosedWhileGoodsComeToIt(on backend: Backend)
    async throws
  {
    try await Shop.open(on: backend) { shop in
      for round in 0..<12 {
        let place = try await shop.database.transaction {
          try $0.addLocation(code: "L\(round)", name: "Local").id
        }
        async let came = { (try? await shop.post([shop.draft(.receipt, 1, cost: 1, at: place)])) != nil }()
        async let closed = {
          (try? await shop.database.transaction { try $0.changeLocation(place, isActive: false) }) != nil
        }()
        let both = await (came, closed)
        #expect(both.0 != both.1)
      }
    }
  }

  @Test(arguments: Backend.concurrent) func lotsAreListedByWhenTheyExpire(on backend: Backend) async throws {
    try await Shop.open(on: backend) { shop in
      let coffee = shop.coffee.id
      try await shop.database.transaction { session in
        let late = try session.lot("L2", of: coffee, expires: try CalendarDate("2027-01-31"))
        let early = try session.lot("L1", of: coffee)
        #expect(try session.lot("L1", of: coffee, expires: try CalendarDate("2026-12-31")) == early)
        #expect(try session.lot("L1", of: coffee, expires: try CalendarDate("2030-12-31")) == early)
        let never = try session.lot("L0", of: coffee)
        for lot in [late, early, never] {
          try session.post(
            [try shop.draft(.receipt, 3, cost: 100, lot: lot)], from: Shop.origin, negative: .refused)
        }
        #expect(try session.lots(of: coffee).map(\.lot.number) == ["L1", "L2", "L0"])
        let soon = try session.lots(expiringBefore: try CalendarDate("2027-01-31"))
        #expect(soon.map(\.lot.number) == ["L1"] && soon[0].lot.expires == "2026-12-31")
        #expect(soon[0].quantity == whole(3) && soon[0].location == Location.main)
      }
    }
  }

  @Test(arguments: Backend.concurrent) func scannersFindProducts(on backend: Backend) async throws {
    try await Shop.open(on: backend) { shop in
      try await shop.database.transaction { session in
        let old = try session.addProduct(
          Product.Details(code: "A1", name: "Antigo", gtin: "7891000315507", isActive: false), at: 1)
        let new = try session.addProduct(
          Product.Details(code: "A2", name: "Novo", gtin: "7891000315507"), at: 1)
        let short = try session.addProduct(
          Product.Details(code: "A3", name: "Curto", gtin: "012345678905"), at: 1)
        #expect(try session.product(barcode: " 7891000315507 ")?.id == new.id && old.id < new.id)
        for text in ["012345678905", "0012345678905", "00012345678905"] {
          #expect(try session.product(barcode: text)?.id == short.id)
        }
        #expect(try session.product(barcode: "CAFE")?.id == shop.coffee.id)
        #expect(try session.product(barcode: "7891000315508") == nil)
      }
    }
  }

  @Test(arguments: Backend.concurrent) func pagesOfProductsHaveEachOnce(on backend: Backend) async throws {
    try await Shop.open(on: backend) { shop in
      try await shop.database.transaction { session in
        let category = try session.addCategory("Parafusos").id
        for number in 0..<25 {
          _ = try session.addProduct(
            Product.Details(
              code: "P\(number)", name: number % 2 == 0 ? "Parafuso Aço" : "parafuso LATÃO",
              category: category,
              isActive: number != 7), at: 1)
        }
        var seen: [String] = []
        var cursor: Cursor?
        repeat {
          let text = cursor?.text
          let page = try session.products(
            ProductFilter(search: "parafuso", category: category), limit: 4,
            after: try text.map { try Cursor(text: $0) })
          seen += page.items.map(\.details.code)
          cursor = page.next
        } while cursor != nil
        #expect(seen.count == 25 && Set(seen).count == 25)
        #expect(try session.products(ProductFilter(search: "aço PARAF")).items.count == 13)
        #expect(try session.productCount(ProductFilter(category: category, isActive: true)) == 24)
        #expect(try session.products(ProductFilter(isActive: false)).items.map(\.details.code) == ["P7"])
        #expect(throws: InvalidCursor.self) { try session.products(ProductFilter(), after: Cursor("1")) }
      }
    }
    for text in ["", "?", "AAAA", String(repeating: "A", count: 90_000)] {
      #expect(throws: InvalidCursor.self) { try Cursor(text: text).parts(2) }
    }
  }
}
