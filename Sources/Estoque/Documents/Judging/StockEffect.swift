import EstoqueDomain

/// Where goods go, as the company sees it.
public enum Direction: Hashable, Sendable {
  /// Into its stock.
  case `in`
  /// Out of its stock.
  case out
}

/// What an invoice does to stock: one line for each item that moves.
public struct StockEffect: Hashable, Sendable {
  /// Where the goods go; `nil` as long as somebody has to decide.
  public let direction: Direction?
  /// When.
  public let issued: Moment
  /// What, in the order of the items.
  public let lines: [Line]

  /// An item that moves.
  public struct Line: Hashable, Sendable {
    /// The item's number.
    public let item: Int
    /// Whose product code it is: products are mapped by supplier and code.
    public let supplier: Party.Identity
    /// The emitter's code of the product.
    public let code: String
    /// The emitter's name of the product.
    public let name: String
    /// The class of goods.
    public let ncm: NCM?
    /// The operation.
    public let cfop: CFOP
    /// How much in the unit in which it is sold.
    public let commercial: Measure
    /// How much in the unit in which it is taxed; which of the two the stock is kept in, the mapping says.
    public let taxable: Measure
    /// What all of it costs: price, freight, insurance and other expenses, less the discount.
    public let cost: Money
    /// Lots, where the invoice names them.
    public let lots: [Lot]

    /// Whether the two measures are in different units, such as a box and its bottles.
    public var hasTwoUnits: Bool { commercial.unit != taxable.unit }

    init(item: Item, of invoice: Invoice) {
      self.item = item.number
      supplier = invoice.emitter.identity
      code = item.code
      name = item.name
      ncm = item.ncm
      cfop = item.cfop
      commercial = item.commercial
      taxable = item.taxable
      // Sums that no invoice can have are left at the price alone.
      cost = (try? item.cost) ?? item.total
      lots = item.lots
    }
  }
}

/// What an event does.
public enum EventEffect: Hashable, Sendable {
  /// The invoice's movements are reversed, once; it waits if the invoice is not there yet.
  case cancel
  /// It is kept with its invoice, and nothing moves.
  case record
}
