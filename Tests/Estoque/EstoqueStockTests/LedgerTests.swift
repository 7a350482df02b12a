import CoreTestSupport
import EstoqueDatabase
import EstoqueDomain
import EstoqueTestSupport
import Testing

@testable import EstoqueStock

/// A database with the schema and two products.
struct Shop {
  let database: Database
  let coffee: Product
  let tea: Product

  /// Runs `body` with a new shop.
  static func open(on backend: Backend, _ body: (Shop) async throws -> Void) async throws {
    try await backend.withDatabase(migrations: Schema.migrations) { try await body(Shop($0)) }
  }

  private init(_ database: Database) async throws {
    self.database = database
    (coffee, tea) = try await database.transaction { session in
      (
        try session.addProduct(Product.Details(code: "CAFE", name: "Café torrado"), at: 1),
        try session.addProduct(
          Product.Details(code: "CHA", name: "Chá verde", minimum: try Quantity(5)), at: 1)
      )
    }
  }

  static let origin = PostingOrigin("test", at: 1_000)

  func draft(
    _ kind: MovementKind, _ quantity: Int, of product: Product? = nil, cost: Int64? = nil,
    at location: Location.ID = Location.main, lot: Lot.ID? = nil
  ) throws -> MovementDraft {
    MovementDraft(
      kind, of: (product ?? coffee).id, try Quantity(quantity), at: location, lot: lot,
      cost: try cost.map { try Money(scaled: $0) },
      happenedAt: 1_000)
  }

  @discardableResult
  func post(_ drafts: [MovementDraft], negative: NegativeStock = .refused) async throws -> Int64 {
    try await database.transaction { try $0.post(drafts, from: Self.origin, negative: negative) }
  }

  func stock(_ product: Product? = nil, at location: Location.ID? = nil) async throws -> Quantity {
    let id = (product ?? coffee).id
    return try await database.read { try $0.stock(of: id, at: location) }
  }

  func cost(_ product: Product? = nil) async throws -> Int64 {
    let id = (product ?? coffee).id
    return try await database.read { try $0.stockCost(of: id).scaled }
  }

  func expectBalance() async throws {
    let unbalanced = try await database.read { try $0.unbalanced() }
    #expect(unbalanced.isEmpty)
  }
}

@Suite(.timeLimit(.minutes(10)))
struct LedgerTests {
  @Test(arguments: Backend.concurrent) func stockIsTheSumOfItsMovements(on backend: Backend) async throws {
    try await Shop.open(on: backend) { shop in
      try await shop.post([
        shop.draft(.receipt, 10, cost: 10_000), shop.draft(.receipt, 5, cost: 8_000), shop.draft(.issue, -6),
      ])
      let (stock, cost) = (try await shop.stock(), try await shop.cost())
      #expect(stock == (whole(9)) && cost == 10_800)  // 15 for 180,00: 12,00 each
      let product = shop.coffee.id
      let movements = try await shop.database.read { try $0.movements(of: product) }
      #expect(movements.map(\.balance.document) == ["9.0000", "15.0000", "10.0000"])
      #expect(movements.map(\.cost.scaled) == [-7_200, 8_000, 10_000])
      try await shop.expectBalance()
    }
  }

  @Test(arguments: Backend.concurrent) func theLastPieceTakesWhatRoundingLeft(on backend: Backend)
    async throws
  {
    try await Shop.open(on: backend) { shop in
      try await shop.post([shop.draft(.receipt, 3, cost: 1_000)])
      for _ in 0..<3 { try await shop.post([shop.draft(.issue, -1)]) }
      let (stock, cost) = (try await shop.stock(), try await shop.cost())
      #expect(stock.isZero && cost == 0)
      try await shop.expectBalance()
    }
  }

  @Test(arguments: Backend.concurrent) func belowZeroOnlyWherePolicyAllows(on backend: Backend) async throws {
    try await Shop.open(on: backend) { shop in
      try await shop.post([shop.draft(.receipt, 2, cost: 200)])
      let fault = await #expect(throws: StockFault.self) {
        try await shop.post([shop.draft(.receipt, 1, of: shop.tea, cost: 100), shop.draft(.issue, -3)])
      }
      #expect(fault == .insufficient(product: "CAFE", available: whole(2), wanted: whole(3)))
      #expect("\(fault!)".contains("saldo insuficiente de CAFE: há 2, e o movimento pede 3"))
      let (coffee, tea) = (try await shop.stock(), try await shop.stock(shop.tea))
      #expect(coffee == (whole(2)) && tea.isZero)  // all or none
      try await shop.post([shop.draft(.issue, -3)], negative: .allowed)
      try await shop.post([shop.draft(.receipt, 4, cost: 600)])
      let (after, cost) = (try await shop.stock(), try await shop.cost())
      #expect(after == (whole(3)) && cost == 500)
      try await shop.expectBalance()
    }
  }

  @Test(arguments: Backend.concurrent) func nonsenseIsRefused(on backend: Backend) async throws {
    try await Shop.open(on: backend) { shop in
      await #expect(throws: StockFault.zeroQuantity(product: "CAFE")) {
        try await shop.post([shop.draft(.adjustment, 0)])
      }
      await #expect(throws: StockFault.wrongSign(product: "CAFE", kind: .receipt)) {
        try await shop.post([shop.draft(.receipt, -1)])
      }
      await #expect(throws: StockFault.wrongSign(product: "CAFE", kind: .receipt)) {
        try await shop.post([shop.draft(.receipt, 1, cost: -1)])
      }
      await #expect(throws: StockFault.wrongSign(product: "CAFE", kind: .issue)) {
        try await shop.post([shop.draft(.issue, 1)])
      }
      await #expect(throws: StockFault.outOfRange(product: "CAFE")) {
        try await shop.post([shop.draft(.receipt, 60_000_000_000), shop.draft(.receipt, 60_000_000_000)])
      }
      let ghost = Product(id: Product.ID(rawValue: 99), version: 1, details: shop.coffee.details)
      await #expect(throws: (any Error).self) { try await shop.post([shop.draft(.receipt, 1, of: ghost)]) }
      let stock = try await shop.stock()
      #expect(stock.isZero)
    }
  }

  @Test(arguments: Backend.concurrent) func aTransferKeepsItsWorth(on backend: Backend) async throws {
    try await Shop.open(on: backend) { shop in
      let branch = try await shop.database.transaction { session in
        try session.value(
          "INSERT INTO location (code, name) VALUES ('FILIAL', 'Filial') RETURNING id", as: Location.ID.self)!
      }
      try await shop.post([shop.draft(.receipt, 4, cost: 1_000)])
      let coffee = shop.coffee.id
      try await shop.database.transaction { session in
        try session.transfer(
          try Quantity(3), of: coffee, from: Location.main, to: branch, happenedAt: 1, origin: Shop.origin,
          negative: .refused)
      }
      let (here, there) = (try await shop.stock(at: Location.main), try await shop.stock(at: branch))
      let cost = try await shop.cost()
      #expect(here == (whole(1)) && there == (whole(3)) && cost == 1_000)
      for (quantity, to) in [(3, Location.main), (-1, branch), (0, branch)] {
        await #expect(throws: StockFault.self) {
          try await shop.database.transaction { session in
            try session.transfer(
              try Quantity(quantity), of: coffee, from: Location.main, to: to, happenedAt: 1,
              origin: Shop.origin,
              negative: .allowed)
          }
        }
      }
      try await shop.expectBalance()
    }
  }

  @Test(arguments: Backend.concurrent) func aMovementIsReversedOnce(on backend: Backend) async throws {
    try await Shop.open(on: backend) { shop in
      let posting = try await shop.post([
        shop.draft(.receipt, 10, cost: 1_000), shop.draft(.receipt, 2, of: shop.tea, cost: 300),
      ])
      try await shop.database.transaction {
        try $0.reverse(posting: posting, from: Shop.origin, negative: .refused)
      }
      let (coffee, tea, cost) = (
        try await shop.stock(), try await shop.stock(shop.tea), try await shop.cost()
      )
      #expect(coffee.isZero && tea.isZero && cost == 0)
      await #expect(throws: StockFault.self) {
        try await shop.database.transaction {
          try $0.reverse(posting: posting, from: Shop.origin, negative: .allowed)
        }
      }
      let product = shop.coffee.id
      let reversal = try await shop.database.read { try $0.movements(of: product)[0] }
      #expect(reversal.kind == .reversal && reversal.reverses != nil)
      await #expect(throws: StockFault.alreadyReversed(reversal.id)) {
        try await shop.database.transaction {
          try $0.reverse(reversal.id, from: Shop.origin, negative: .allowed)
        }
      }
      await #expect(throws: StockFault.unknownMovement(Movement.ID(rawValue: 999))) {
        try await shop.database.transaction {
          try $0.reverse(Movement.ID(rawValue: 999), from: Shop.origin, negative: .allowed)
        }
      }
      try await shop.expectBalance()
    }
  }

  @Test(arguments: Backend.concurrent) func theDatabaseItselfKeepsTheLedger(on backend: Backend) async throws
  {
    try await Shop.open(on: backend) { shop in
      try await shop.post([shop.draft(.receipt, 1, cost: 100)])
      await #expect(throws: DatabaseError.self) {
        try await shop.database.transaction { try $0.execute("UPDATE movement SET quantity = 5") }
      }
      await #expect(throws: DatabaseError.self) {
        try await shop.database.transaction { try $0.execute("DELETE FROM movement") }
      }
      for deletion: SQL in [
        "DELETE FROM posting", "DELETE FROM stock", "DELETE FROM product", "DELETE FROM location",
      ] {
        await #expect(throws: DatabaseError.self, "what movements refer to was deleted: \(deletion)") {
          try await shop.database.transaction { try $0.execute(deletion) }
        }
      }
      try await shop.expectBalance()
    }
  }

  @Test(arguments: Backend.concurrent) func aMovementOfNothingIsRefusedByTheDatabase(on backend: Backend)
    async throws
  {
    try await Shop.open(on: backend) { shop in
      try await shop.post([shop.draft(.receipt, 1, cost: 100)])
      let movement: SQL = """
        INSERT INTO movement (posting, product, location, kind, quantity, cost, balance, happened_at)
        VALUES (?1, ?2, ?3, 'receipt', 1, 1, 1, 1)
        """
      let (posting, product) = try await shop.database.read { session in
        (
          try session.value("SELECT MAX(posting) FROM movement", as: Int64.self) ?? 0,
          try session.value("SELECT MAX(product) FROM movement", as: Int64.self) ?? 0
        )
      }
      for (posting, product, location) in [
        (posting + 1, product, Int64(1)), (posting, product + 100, 1), (posting, product, 99),
      ] {
        let error = await #expect(throws: DatabaseError.self) {
          try await shop.database.transaction { try $0.execute(movement, posting, product, location) }
        }
        #expect(error?.violation?.kind == .foreignKey)
      }
      try await shop.expectBalance()
    }
  }

  /// Whatever is posted in whatever order: balances are sums, and nothing goes below zero.
  @Test(arguments: UInt64(1)...8, Backend.concurrent) func randomPostings(seed: UInt64, on backend: Backend)
    async throws
  {
    try await Shop.open(on: backend) { shop in
      var generator = SeededGenerator(seed: seed)
      var expected: [Product.ID: Int] = [:]
      for _ in 0..<60 {
        var drafts: [MovementDraft] = []
        for _ in 0..<Int.random(in: 1...5, using: &generator) {
          let product = Bool.random(using: &generator) ? shop.coffee : shop.tea
          let amount = Int.random(in: 1...9, using: &generator)
          drafts.append(
            Bool.random(using: &generator)
              ? try shop.draft(
                .receipt, amount, of: product, cost: Int64.random(in: 0...10_000, using: &generator))
              : try shop.draft(.issue, -amount, of: product))
        }
        var after = expected
        var isPossible = true
        for draft in drafts {
          after[draft.product, default: 0] += Int(draft.quantity.scaled / 10_000)
          if after[draft.product]! < 0 { isPossible = false }
        }
        do {
          try await shop.post(drafts)
          #expect(isPossible)
          expected = after
        } catch is StockFault { #expect(!isPossible) }
      }
      for product in [shop.coffee, shop.tea] {
        let stock = try await shop.stock(product)
        #expect(stock == whole(expected[product.id, default: 0]))
      }
      try await shop.expectBalance()
    }
  }

  @Test(arguments: Backend.concurrent) func postingsAtTheSameTimeLoseNothing(on backend: Backend) async throws
  {
    try await Shop.open(on: backend) { shop in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<50 {
          group.addTask {
            try await shop.post([
              shop.draft(.receipt, 2, cost: 20), shop.draft(.receipt, 1, of: shop.tea, cost: 10),
            ])
            try await shop.post([shop.draft(.issue, -1, of: shop.tea), shop.draft(.issue, -1)])
          }
        }
        try await group.waitForAll()
      }
      let (coffee, tea, cost) = (
        try await shop.stock(), try await shop.stock(shop.tea), try await shop.cost()
      )
      #expect(coffee == (whole(50)) && tea.isZero && cost == 500)
      try await shop.expectBalance()
    }
  }
}

/// A whole number of pieces, small enough to exist.
func whole(_ number: Int) -> Quantity { try! Quantity(number) }

@Suite(.timeLimit(.minutes(10)))
struct ProductTests {
  @Test(arguments: Backend.concurrent) func codesAreUnique(on backend: Backend) async throws {
    try await Shop.open(on: backend) { shop in
      await #expect(throws: StockFault.codeTaken("CAFE")) {
        try await shop.database.transaction {
          try $0.addProduct(Product.Details(code: "CAFE", name: "Outro"), at: 2)
        }
      }
    }
  }

  @Test(arguments: Backend.concurrent) func whoWritesMustHaveReadTheLatest(on backend: Backend) async throws {
    try await Shop.open(on: backend) { shop in
      var changed = shop.coffee
      changed.details.name = "Café moído"
      let (stale, wanted) = (shop.coffee, changed)
      let now = try await shop.database.transaction { try $0.updateProduct(wanted, at: 2) }
      #expect(now.version == 2)
      let read = try await shop.database.read { try $0.product(code: "CAFE") }
      #expect(read == now)
      await #expect(throws: StockFault.outdated(product: "CAFE")) {
        try await shop.database.transaction { try $0.updateProduct(stale, at: 3) }
      }
      let ghost = Product(id: Product.ID(rawValue: 77), version: 1, details: stale.details)
      await #expect(throws: StockFault.unknownProduct(ghost.id)) {
        try await shop.database.transaction { try $0.updateProduct(ghost, at: 3) }
      }
    }
  }

  @Test(arguments: Backend.concurrent) func searchMindsNeitherCaseNorAccents(on backend: Backend) async throws
  {
    try await Shop.open(on: backend) { shop in
      for (text, codes) in [
        ("cafe", ["CAFE"]), ("CHÁ", ["CHA"]), ("", ["CAFE", "CHA"]), ("%", []), ("xyz", []),
      ] {
        let found = try await shop.database.read {
          try $0.products(ProductFilter(search: text)).items.map(\.details.code)
        }
        #expect(found == codes)
      }
    }
  }
}
