import EstoqueDatabase
import EstoqueDomain
import EstoqueTestSupport
import Testing

@testable import EstoqueStock

@Suite(.timeLimit(.minutes(10)))
struct StocktakeTests {
  @Test(arguments: Backend.concurrent) func movementsBetweenCountAndCloseStay(on backend: Backend)
    async throws
  {
    try await Shop.open(on: backend) { shop in
      let (coffee, tea) = (shop.coffee.id, shop.tea.id)
      try await shop.post([shop.draft(.receipt, 10, cost: 1_000)])
      let take = try await shop.database.transaction { session in
        let take = try session.openStocktake(at: Location.main, note: "anual", moment: 5)
        #expect(throws: StockFault.stocktakeOpen(location: "PRINCIPAL")) {
          try session.openStocktake(at: Location.main, moment: 5)
        }
        try session.count([(coffee, try Quantity(8)), (tea, try Quantity(3))], in: take.id, moment: 6)
        return take.id
      }
      try await shop.post([shop.draft(.issue, -4)])  // after the count
      let closed = try await shop.database.transaction {
        try $0.closeStocktake(take, moment: 9, by: User.ID(rawValue: 2), negative: .refused)
      }
      #expect(closed.state == .closed && closed.counted == 2 && closed.differing == 2 && closed.endedAt == 9)
      let (here, there) = (try await shop.stock(), try await shop.stock(shop.tea))
      #expect(here == whole(4) && there == whole(3))
      let posting = try #require(closed.posting)
      let movements = try await shop.database.read { try $0.movements(ofPosting: posting) }
      #expect(movements.map(\.kind) == [.adjustment, .adjustment] && movements[0].reference == "INV \(take)")
      #expect(movements.map(\.quantity) == [whole(-2), whole(3)])
      for change in [
        { session in _ = try session.closeStocktake(take, moment: 9, negative: .refused) },
        { session in _ = try session.cancelStocktake(take, moment: 9) },
        { session in try session.count([(coffee, .zero)], in: take, moment: 9) },
      ] as [@Sendable (Session) throws -> Void] {
        await #expect(throws: StockFault.stocktakeEnded(take)) { try await shop.database.transaction(change) }
      }
      try await shop.expectBalance()
    }
  }

  @Test(arguments: Backend.concurrent) func countsAreRecountedTakenBackAndRefused(on backend: Backend)
    async throws
  {
    try await Shop.open(on: backend) { shop in
      let (coffee, tea) = (shop.coffee.id, shop.tea.id)
      try await shop.post([shop.draft(.receipt, 5, cost: 500)])
      let take = try await shop.database.transaction { session in
        let take = try session.openStocktake(at: Location.main, moment: 1).id
        try session.count([(coffee, try Quantity(1)), (tea, try Quantity(9))], in: take, moment: 2)
        #expect(try session.removeCount(of: tea, in: take))
        #expect(try !session.removeCount(of: tea, in: take))
        try session.count([(coffee, try Quantity(5))], in: take, moment: 3)
        #expect(throws: StockFault.negativeCount(product: "CAFE")) {
          try session.count([(coffee, try Quantity(-1))], in: take, moment: 3)
        }
        let counts = try session.counts(of: take)
        #expect(counts.count == 1 && counts[0].countedAt == 3 && counts[0].expected == whole(5))
        return take
      }
      let closed = try await shop.database.transaction {
        try $0.closeStocktake(take, moment: 4, negative: .refused)
      }
      #expect(closed.posting == nil && closed.differing == 0)
      try await shop.database.transaction { session in
        let second = try session.openStocktake(at: Location.main, moment: 5).id
        try session.count([(coffee, .zero)], in: second, moment: 6)
        #expect(try session.cancelStocktake(second, moment: 7).state == .cancelled)
        let ghost = Stocktake.ID(rawValue: 99)
        #expect(throws: StockFault.unknownStocktake(ghost)) { try session.cancelStocktake(ghost, moment: 7) }
        let page = try session.stocktakes(limit: 1)
        #expect(page.items.map(\.id) == [second])
        #expect(try session.stocktakes(limit: 1, after: page.next).items.map(\.id) == [take])
      }
      let stock = try await shop.stock()
      #expect(stock == whole(5))
      try await shop.expectBalance()
    }
  }

  /// Of two who close at once, one does.
  @Test(arguments: Backend.concurrent) func closingHappensOnce(on backend: Backend) async throws {
    try await Shop.open(on: backend) { shop in
      let coffee = shop.coffee.id
      let take = try await shop.database.transaction { session in
        let take = try session.openStocktake(at: Location.main, moment: 1).id
        try session.count([(coffee, try Quantity(7))], in: take, moment: 2)
        return take
      }
      let closed = await withTaskGroup(of: Bool.self) { group in
        for _ in 0..<6 {
          group.addTask {
            (try? await shop.database.transaction {
              try $0.closeStocktake(take, moment: 3, negative: .refused)
            }) != nil
          }
        }
        return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
      }
      let stock = try await shop.stock()
      #expect(closed == 1 && stock == whole(7))
      try await shop.expectBalance()
    }
  }
}
