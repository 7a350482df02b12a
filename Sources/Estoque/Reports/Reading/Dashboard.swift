import EstoqueDatabase
import EstoqueDomain
import EstoqueStock
import Revoada

/// What the first page shows of the stock.
public struct Dashboard: Sendable, Equatable {
  /// How many active products there are.
  public let products: Int
  /// Of how many there is less than their minimum.
  public let belowMinimum: Int
  /// What the stock cost.
  public let stockValue: Money
  /// The last thirty days, today included, in their order.
  public let days: [Day]
  /// What went most in these days.
  public let top: [TopProduct]
  /// Some products of which there is less than their minimum.
  public let low: [StockItem]
  /// The latest movements.
  public let recent: [MovementItem]

  /// Today.
  public var today: Day { days[days.count - 1] }

  /// A day's movements.
  public struct Day: Sendable, Equatable {
    /// The day.
    public let date: CalendarDay
    /// What came.
    public let receipts: MovementSum
    /// What went, above zero.
    public let issues: MovementSum
  }
}

/// A product that goes often.
public struct TopProduct: Sendable, Equatable {
  /// The product.
  public let product: ListedProduct
  /// How much went.
  public let quantity: Quantity
}

extension Session {
  /// The products of which most units went, by issues that happened in a range.
  public func topProducts(from: Int64, until: Int64, limit: Int) throws -> [TopProduct] {
    try query(
      """
      SELECT p.id, p.code, p.name, p.unit, CAST(t.gone AS BIGINT) FROM (
        SELECT product, -SUM(quantity) AS gone FROM movement
        WHERE happened_at >= ?1 AND happened_at < ?2 AND kind = 'issue'
        GROUP BY product ORDER BY 2 DESC, 1 LIMIT ?3
      ) AS t JOIN product p ON p.id = t.product ORDER BY t.gone DESC, p.id
      """, from, until, limit
    ) { row in
      TopProduct(
        product: ListedProduct(id: try row[0], code: try row[1], name: try row[2], unit: try row[3]),
        quantity: try row[4])
    }
  }
}
