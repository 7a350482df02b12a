import EstoqueDatabase
import EstoqueDomain
import EstoqueStock
import EstoqueTestSupport
import Revoada
import Testing

@testable import EstoqueReports

@Suite(.timeLimit(.minutes(10)))
struct ListTests {
  @Test(arguments: Backend.concurrent) func theStockListHasEveryProductAndPlace(on backend: Backend)
    async throws
  {
    try await Warehouse.open(on: backend, products: 7) { house in
      try await house.post(
        house.draft(.receipt, 4, cost: 1_000), house.draft(.receipt, 2, at: house.branch.id, cost: 300),
        house.draft(.receipt, 9, of: 3, cost: 900))
      let reports = try house.reports()
      let all = try await reports.stock(StockFilter())
      #expect(all.items.map(\.product.code) == ["P0", "P0", "P1", "P2", "P3", "P4", "P5", "P6"])
      #expect(all.items.map(\.location.code).prefix(3) == ["PRINCIPAL", "FILIAL", "PRINCIPAL"])
      #expect(all.items[0].quantity == whole(4) && all.items[0].averageCost.document == "2.5000000000")
      // Six at two places are enough; six of P6, which never moved, are lacking.
      #expect(all.items.filter(\.isBelowMinimum).map(\.product.code) == ["P6"])
      let low = try await reports.stock(StockFilter(belowMinimum: true))
      #expect(low.items.map(\.product.code) == ["P6"] && low.items[0].quantity.isZero)
      let there = try await reports.stock(StockFilter(location: house.branch.id))
      #expect(there.items.map(\.quantity) == [whole(2)])
      let found = try await reports.stock(StockFilter(search: "PRODUTO 3"))
      #expect(found.items.map(\.cost) == [centavos(900)])
      let totals = try await reports.totals()
      #expect(totals == StockTotals(count: 8, cost: centavos(2_200)))
      var (seen, cursor) = ([String](), Cursor?.none)
      repeat {
        let page = try await reports.stock(StockFilter(), limit: 3, after: cursor)
        seen += page.items.map { "\($0.product.code) \($0.location.code)" }
        cursor = page.next
      } while cursor != nil
      #expect(seen == all.items.map { "\($0.product.code) \($0.location.code)" })
    }
  }

  @Test(arguments: Backend.concurrent) func movementsAreFiltered(on backend: Backend) async throws {
    try await Warehouse.open(on: backend) { house in
      let posting = try await house.post(
        house.draft(.receipt, 10, cost: 1_000, reference: "NF 1"),
        house.draft(.receipt, 5, of: 1, at: house.branch.id, cost: 100, on: Warehouse.noon - Warehouse.day),
        house.draft(.issue, -3, on: Warehouse.noon + 1), house.draft(.adjustment, 1, of: 2))
      let reports = try house.reports()
      func codes(_ filter: MovementFilter) async throws -> [String] {
        let page = try await reports.movements(filter)
        let count = try await reports.count(of: filter)
        #expect(count == page.items.count)
        return page.items.map { "\($0.kind.rawValue) \($0.product.code)" }
      }
      let all = try await codes(MovementFilter())
      #expect(all == ["issue P0", "adjustment P2", "receipt P0", "receipt P1"])
      let product = try await codes(MovementFilter(product: house.products[0].id))
      #expect(product == ["issue P0", "receipt P0"])
      let (place, main) = (
        try await codes(MovementFilter(location: house.branch.id)),
        try await codes(MovementFilter(location: Location.main))
      )
      #expect(place == ["receipt P1"] && main.count == 3)
      let (kind, common) = (
        try await codes(MovementFilter(kind: .adjustment)), try await codes(MovementFilter(kind: .receipt))
      )
      #expect(kind == ["adjustment P2"] && common.count == 2)
      let (reference, none) = (
        try await codes(MovementFilter(reference: "NF 1")), try await codes(MovementFilter(reference: ""))
      )
      #expect(reference == ["receipt P0"] && none.count == 3)
      let time = try await codes(MovementFilter(from: Warehouse.noon, until: Warehouse.noon + 1))
      #expect(time == ["adjustment P2", "receipt P0"])
      let search = try await codes(MovementFilter(search: "produto 2"))
      #expect(search == ["adjustment P2"])
      let first = try #require(
        try await house.database.read { try $0.movementItems(ofPosting: posting) }.first)
      #expect(
        first.lot == nil && first.reversedBy == nil && first.origin == "test" && first.balance == whole(10))
      try await house.database.transaction {
        try $0.reverse(
          first.id, from: PostingOrigin("manual", at: Warehouse.noon, by: User.ID(rawValue: 3)),
          negative: .allowed)
      }
      let undone = try await house.database.read { try $0.movementItem(first.id) }
      let reversal = try #require(undone?.reversedBy)
      let undoing = try await house.database.read { try $0.movementItem(reversal) }
      #expect(undoing?.reverses == first.id && undoing?.user == User.ID(rawValue: 3))
    }
  }

  /// Whoever leafs through a list while others post sees each movement that was there once.
  @Test(arguments: Backend.concurrent) func pagesLoseNothingWhileOthersPost(on backend: Backend) async throws
  {
    try await Warehouse.open(on: backend) { house in
      try await house.post(
        (0..<120).map {
          try house.draft(.receipt, 1, of: $0 % 10, cost: 10, on: Warehouse.noon + Int64($0 / 3))
        })
      let before = try await house.database.read {
        try $0.movements(MovementFilter(), limit: 1000).items.map(\.id)
      }
      let reports = try house.reports()
      var (seen, cursor) = ([Movement.ID](), Cursor?.none)
      repeat {
        let page = try await reports.movements(MovementFilter(), limit: 7, after: cursor)
        seen += page.items.map(\.id)
        cursor = page.next
        // Newer ones, older ones and some in the middle.
        for offset in [-5, 20, 500] as [Int64] {
          try await house.post(house.draft(.issue, -1, of: 3, on: Warehouse.noon + offset))
        }
      } while cursor != nil
      #expect(Set(seen).count == seen.count)
      #expect(before.allSatisfy(Set(seen).contains))
      let unbalanced = try await house.database.read { try $0.unbalanced() }
      #expect(unbalanced.isEmpty)
    }
  }

  @Test(arguments: Backend.concurrent) func whatWasPostedShowsAtOnce(on backend: Backend) async throws {
    try await Warehouse.open(on: backend) { house in
      let reports = try house.reports { $0.listAge = .seconds(600) }
      for expected in 1...5 {
        try await house.post(house.draft(.receipt, 1, cost: 10))
        let (page, count) = (
          try await reports.stock(StockFilter(search: "produto 0")),
          try await reports.count(of: MovementFilter())
        )
        #expect(page.items.map(\.quantity) == [whole(expected)] && count == expected)
      }
      // A failure may have been a success, so it counts as a change; nothing is wrong after it.
      await #expect(throws: StockFault.self) { try await house.post(house.draft(.receipt, 0)) }
      let (coffee, database) = (house.products[0], house.database)
      try await database.transaction { session in
        var product = coffee
        product.details.name = "Outro"
        product.details.isActive = false  // but there is some left
        _ = try session.updateProduct(product, at: 2)
      }
      let renamed = try await reports.stock(StockFilter(search: "outro"))
      #expect(renamed.items.count == 1)
    }
  }

  @Test(arguments: Backend.concurrent) func theStockListIsCountedAgainWhenItHasAnotherRow(on backend: Backend)
    async throws
  {
    try await Warehouse.open(on: backend, products: 4) { house in
      // No time to live: what is counted again is so because of what was posted.
      let reports = try house.reports { $0.listAge = .seconds(600) }
      let low = StockFilter(belowMinimum: true)
      func counts() async throws -> [Int] {
        [try await reports.count(of: StockFilter()), try await reports.count(of: low)]
      }
      var seen = [try await counts()]
      try await house.post(house.draft(.receipt, 7, cost: 10))  // now enough of P0
      seen.append(try await counts())
      try await house.post(house.draft(.receipt, 1, at: house.branch.id, cost: 10))
      seen.append(try await counts())
      try await house.database.transaction { session in
        _ = try session.addProduct(Product.Details(code: "NEW", name: "Novo"), at: 1)
      }
      seen.append(try await counts())
      #expect(seen == [[4, 2], [4, 1], [5, 1], [6, 1]])
      let page = try await reports.stock(StockFilter())
      #expect(page.items.count == 6)
      let branch = try await reports.count(of: StockFilter(location: house.branch.id))
      #expect(branch == 1)
    }
  }

  @Test(arguments: Backend.concurrent) func listsUseTheirIndexes(on backend: Backend) async throws {
    try await Warehouse.open(on: backend) { house in
      let cursor = Cursor("1", "1")
      let (postgres, product, branch) = (backend == .postgres, house.products[0].id, house.branch.id)
      try await house.database.transaction { session in
        if postgres { try session.run(script: "SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off") }
        for (filter, index) in [
          (MovementFilter(), "movement_happened_index"),
          (MovementFilter(from: 1, until: 9), "movement_happened_index"),
          (MovementFilter(product: product), "movement_product_index"),
          (MovementFilter(location: branch), "movement_location_index"),
          (MovementFilter(kind: .transfer), "movement_kind_index"),
          (MovementFilter(reference: "NF 1"), "movement_reference_index"),
        ] {
          let plan = try session.plan(of: filter, after: cursor)
          #expect(plan.contains(index) && !plan.contains("TEMP B-TREE") && !plan.contains("Sort"), "\(plan)")
        }
      }
    }
  }

  @Test(arguments: Backend.concurrent) func theDashboardAddsUp(on backend: Backend) async throws {
    try await Warehouse.open(on: backend) { house in
      try await house.post(
        house.draft(.receipt, 10, cost: 1_000), house.draft(.receipt, 20, of: 1, cost: 4_000),
        house.draft(.issue, -4), house.draft(.issue, -15, of: 1),
        house.draft(.issue, -1, of: 1, on: Warehouse.noon - 40 * Warehouse.day))
      let reports = try house.reports()
      let dashboard = try await reports.dashboard()
      #expect(dashboard.products == 10 && dashboard.belowMinimum == 3)
      #expect(dashboard.stockValue == centavos(600 + 800))
      #expect(dashboard.days.count == 30 && "\(dashboard.today.date)" == "2026-03-10")
      #expect(dashboard.today.receipts == MovementSum(count: 2, quantity: whole(30), cost: centavos(5_000)))
      #expect(dashboard.today.issues == MovementSum(count: 2, quantity: whole(19), cost: centavos(3_400)))
      #expect(dashboard.top.map(\.product.code) == ["P1", "P0"] && dashboard.top[0].quantity == whole(15))
      #expect(dashboard.low.map(\.product.code) == ["P3", "P6", "P9"] && dashboard.recent.count == 5)
      try await house.post(house.draft(.receipt, 1, cost: 100))
      let later = try await reports.dashboard()
      #expect(later.today.receipts.count == 3 && later.stockValue == centavos(1_500))
    }
  }
}

extension Session {
  /// How the database would read a page.
  fileprivate func plan(of filter: MovementFilter, after cursor: Cursor) throws -> String {
    var statement = try movementPage(filter, limit: 50, after: cursor)
    statement.sql = "\(SQL(sqlite: "EXPLAIN QUERY PLAN", postgres: "EXPLAIN")) \(statement.sql)"
    let column = dialect == .sqlite ? 3 : 0
    return try query(statement.sql, values: statement.values) { row in try row[column] as String }.joined(
      separator: "\n")
  }
}
