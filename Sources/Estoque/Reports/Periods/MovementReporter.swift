import EstoqueDatabase
import EstoqueDomain
import EstoqueStock
import Revoada

/// Computes reports: the periods at the same time, each tried several times, all within a deadline, and cached.
struct MovementReporter: Sendable {
  struct PartKey: Hashable, Sendable {
    let period: Period
    let location: Location.ID?
    let category: Category.ID?
  }
  typealias Load = @Sendable (PartKey) async throws -> MovementTotals

  private let configuration: ReportConfiguration
  private let days: LocalDays
  private let load: Load
  private let cache: ReadCache<PartKey, MovementTotals>

  init(_ database: Database, _ configuration: ReportConfiguration, load: Load? = nil) throws(InvalidSetting) {
    self.configuration = configuration
    let days = LocalDays(configuration.zone)
    self.days = days
    cache = try ReadCache(
      of: database, name: "report-periods", age: configuration.periodAge, entries: configuration.cached)
    self.load =
      load ?? { key in
        let range = days.range(of: key.period)
        return try await database.read { session in
          try session.movementTotals(in: range, location: key.location, category: key.category)
        }
      }
  }

  func report(_ request: MovementReportRequest) async throws -> MovementReport {
    // Counted before they are made: the years 0001 to 9999 have millions of days.
    let least = request.period.days / (request.unit == .month ? 31 : request.unit == .week ? 7 : 1)
    let tooMany = { ReportFault.tooManyPeriods($0, limit: configuration.maximumPeriods) }
    if least > configuration.maximumPeriods { throw tooMany(least) }
    let keys = request.period.split(by: request.unit).map {
      PartKey(period: $0, location: request.location, category: request.category)
    }
    if keys.count > configuration.maximumPeriods { throw tooMany(keys.count) }
    let outcomes = try await keys.concurrentMap(
      limit: configuration.limit, retry: configuration.retry, deadline: configuration.deadline,
      name: "movement-report"
    ) { [cache, load, days] key in
      let topics = StockTopic.stock(within: days.range(of: key.period))
      return try await cache.get(key, topics: key.category == nil ? topics : topics + [StockTopic.products]) {
        try await load(key)
      }
    }
    var total = MovementTotals()
    let parts = outcomes.map { outcome in
      let period = outcome.input.period
      do {
        let totals = try outcome.result.get()
        total = try total + totals
        return MovementReport.Part(period: period, totals: totals, error: nil)
      } catch {
        return MovementReport.Part(period: period, totals: MovementTotals(), error: reportSentence(error))
      }
    }
    return MovementReport(unit: request.unit, period: request.period, periods: parts, total: total)
  }
}

extension Session {
  /// The sums of the movements that happened in a range.
  public func movementTotals(
    in range: Range<Int64>, location: Location.ID? = nil, category: Category.ID? = nil
  ) throws -> MovementTotals {
    var conditions = Conditions()
    conditions.add(range.lowerBound) { "m.happened_at >= \($0)" }
    conditions.add(range.upperBound) { "m.happened_at < \($0)" }
    conditions.add(location) { "m.location = \($0)" }
    if let location, location != Location.main { conditions.add("m.location <> 1") }
    conditions.add(category) { "p.category = \($0)" }
    let products: SQL = category == nil ? "" : "JOIN product p ON p.id = m.product"
    let sums = try query(
      """
      SELECT COALESCE(u.kind, m.kind), SUM(CASE WHEN m.reverses IS NULL THEN 1 ELSE -1 END), SUM(m.quantity), SUM(m.cost)
      FROM movement m LEFT JOIN movement u ON u.id = m.reverses \(products)
      WHERE \(conditions.sql) GROUP BY COALESCE(u.kind, m.kind)
      """, values: conditions.values
    ) { row in
      (
        kind: try row[0] as MovementKind,
        sum: MovementSum(count: try row[1], quantity: try row[2], cost: try row[3])
      )
    }
    var totals = MovementTotals()
    for (kind, sum) in sums {
      switch kind {
      case .receipt: totals.receipts = sum
      case .issue:
        totals.issues = MovementSum(
          count: sum.count, quantity: try sum.quantity.negated, cost: try sum.cost.negated)
      case .adjustment: totals.adjustments = sum
      // Of all places together they come to nothing.
      case .transfer: totals.transfers = sum
      case .reversal: break  // nothing reverses a reversal
      }
    }
    return totals
  }
}
