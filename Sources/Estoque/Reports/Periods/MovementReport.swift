import EstoqueDomain
import EstoqueStock
import Revoada

/// Which report is wanted.
public struct MovementReportRequest: Sendable, Hashable {
  /// The days.
  public var period: Period
  /// By what they are divided.
  public var unit: Period.Unit
  /// Only one place.
  public var location: Location.ID?
  /// Only one category.
  public var category: Category.ID?

  /// Asks for a report.
  public init(
    _ period: Period, by unit: Period.Unit = .day, location: Location.ID? = nil, category: Category.ID? = nil
  ) {
    (self.period, self.unit, self.location, self.category) = (period, unit, location, category)
  }
}

/// Some movements together.
public struct MovementSum: Sendable, Equatable {
  /// How many there are.
  public var count: Int
  /// How much, in all units together.
  public var quantity: Quantity
  /// What it cost.
  public var cost: Money

  /// Creates a sum.
  public init(count: Int = 0, quantity: Quantity = .zero, cost: Money = .zero) {
    (self.count, self.quantity, self.cost) = (count, quantity, cost)
  }

  static func + (left: Self, right: Self) throws(DecimalError) -> Self {
    Self(
      count: left.count + right.count, quantity: try left.quantity + right.quantity,
      cost: try left.cost + right.cost)
  }
}

/// The movements of a period, by kind.
///
/// A reversal is taken off what it undoes, in the period in which it happened: so sums can be below zero. Transfers change nothing but where stock is;
/// of one place they say how much more came than went.
public struct MovementTotals: Sendable, Equatable, Codable {
  /// What came.
  public var receipts = MovementSum()
  /// What went, above zero.
  public var issues = MovementSum()
  /// By how much counting has changed the stock.
  public var adjustments = MovementSum()
  /// What came from other places, less what went there.
  public var transfers = MovementSum()

  /// Creates totals of nothing.
  public init() {}

  static func + (left: Self, right: Self) throws(DecimalError) -> Self {
    var sum = Self()
    sum.receipts = try left.receipts + right.receipts
    sum.issues = try left.issues + right.issues
    sum.adjustments = try left.adjustments + right.adjustments
    sum.transfers = try left.transfers + right.transfers
    return sum
  }
}

/// Movements over days, weeks or months.
public struct MovementReport: Sendable, Equatable {
  /// By what the days are divided.
  public let unit: Period.Unit
  /// The days.
  public let period: Period
  /// The parts, in their order.
  public let periods: [Part]
  /// All parts that have no error together.
  public let total: MovementTotals

  /// A part of the report.
  public struct Part: Sendable, Equatable {
    /// Its days.
    public let period: Period
    /// Its movements; nothing if there is an error.
    public let totals: MovementTotals
    /// Why it is not known.
    public let error: String?
  }
}

/// A report that cannot be made.
public enum ReportFault: Error, Sendable, Equatable, CustomStringConvertible {
  /// The days have more parts than are allowed.
  case tooManyPeriods(Int, limit: Int)
  /// A part of what is needed could not be read.
  case failed(String)

  /// A sentence for people.
  public var description: String {
    switch self {
    case .tooManyPeriods(let count, let limit):
      "o relatório teria \(count) períodos; são permitidos \(limit): escolha menos dias ou períodos maiores"
    case .failed(let reason): reason
    }
  }
}
