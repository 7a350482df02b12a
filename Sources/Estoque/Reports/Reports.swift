import EstoqueDatabase
import EstoqueDomain
import EstoqueStock
import Foundation
import Revoada

/// What is read from the stock: lists, the dashboard and reports over periods, all of them through caches.
///
/// A transaction of the same `Database` that posts movements or changes products is seen by every call after it. What another instance has changed is seen as soon
/// as this one hears of it (`Database.follow()`), at the latest after ``ReportConfiguration/listAge`` and its siblings.
public final class Reports: Sendable {
  /// The choices.
  public let configuration: ReportConfiguration
  /// Where days begin and end.
  public var days: LocalDays { LocalDays(configuration.zone) }
  let database: Database
  private let stockPages: ReadCache<PageKey<StockFilter>, Page<StockItem>>
  private let stockTotals: ReadCache<StockFilter, StockTotals>
  private let stockCounts: ReadCache<StockFilter, Int>
  private let movementPages: ReadCache<PageKey<MovementFilter>, Page<MovementItem>>
  private let movementCounts: ReadCache<MovementFilter, Int?>
  private let dashboards: ReadCache<CalendarDay, Dashboard>
  private let best: ReadCache<CalendarDay, [TopProduct]>
  let reporter: MovementReporter

  /// Prepares reading; does nothing yet.
  /// - Throws: `InvalidSetting`.
  public init(_ database: Database, _ configuration: ReportConfiguration = ReportConfiguration())
    throws(InvalidSetting)
  {
    try configuration.validate()
    self.database = database
    self.configuration = configuration
    let (list, entries) = (configuration.listAge, configuration.cached)
    stockPages = try ReadCache(of: database, name: "stock-pages", age: list, entries: entries)
    stockTotals = try ReadCache(of: database, name: "stock-totals", age: list, entries: entries)
    stockCounts = try ReadCache(of: database, name: "stock-counts", age: list, entries: entries)
    movementPages = try ReadCache(of: database, name: "movement-pages", age: list, entries: entries)
    movementCounts = try ReadCache(of: database, name: "movement-counts", age: list, entries: entries)
    dashboards = try ReadCache(of: database, name: "dashboard", age: configuration.dashboardAge, entries: 4)
    best = try ReadCache(of: database, name: "top-products", age: configuration.periodAge, entries: 4)
    reporter = try MovementReporter(database, configuration)
  }

  private static let topics = [StockTopic.stock, StockTopic.products]

  private struct PageKey<Filter: Hashable & Sendable>: Hashable, Sendable {
    let filter: Filter
    let limit: Int
    let cursor: Cursor?
  }

  // MARK: Lists

  /// A page of the stock list; see `Session.stock`.
  nonisolated(nonsending)
    public func stock(_ filter: StockFilter, limit: Int = 50, after cursor: Cursor? = nil) async throws
    -> Page<StockItem>
  {
    let key = PageKey(filter: filter, limit: PageLimit.clamped(limit), cursor: cursor)
    return try await stockPages.get(key, topics: Self.topics) { [database] in
      try await database.read { try $0.stock(key.filter, limit: key.limit, after: key.cursor) }
    }
  }

  /// How many rows the stock list has, and what they cost.
  nonisolated(nonsending)
    public func totals(of filter: StockFilter = StockFilter()) async throws -> StockTotals
  {
    try await stockTotals.get(filter, topics: Self.topics) { [database] in
      try await database.read { try $0.stockTotals(filter) }
    }
  }

  /// How many rows the stock list has.
  ///
  /// Counting a hundred thousand products takes a hundred times as long as a page of them, and movements seldom change it. So it is not
  /// counted again for each of them: only when a product comes to a new place, and when it is too old (``ReportConfiguration/listAge``).
  nonisolated(nonsending)
    public func count(of filter: StockFilter) async throws -> Int
  {
    // How many are below their minimum changes with every movement.
    let topics = [StockTopic.products, filter.belowMinimum ? StockTopic.stock : StockTopic.places]
    return try await stockCounts.get(filter, topics: topics) { [database] in
      try await database.read { try $0.stockCount(filter) }
    }
  }

  /// A page of the movement list; see `Session.movements`.
  nonisolated(nonsending)
    public func movements(_ filter: MovementFilter, limit: Int = 50, after cursor: Cursor? = nil) async throws
    -> Page<MovementItem>
  {
    let key = PageKey(filter: filter, limit: PageLimit.clamped(limit), cursor: cursor)
    return try await movementPages.get(key, topics: Self.topics) { [database] in
      try await database.read { try $0.movements(key.filter, limit: key.limit, after: key.cursor) }
    }
  }

  /// How many movements there are; nil if there are very many (`Session.mostCounted`).
  nonisolated(nonsending)
    public func count(of filter: MovementFilter = MovementFilter()) async throws -> Int?
  {
    try await movementCounts.get(filter, topics: Self.topics) { [database] in
      try await database.read { try $0.movementCount(filter) }
    }
  }

  // MARK: Over periods

  /// The totals of movements, period by period. A period that fails has an error, and the others have their totals.
  /// - Throws: ``ReportFault``; `CancellationError`.
  public func movementReport(_ request: MovementReportRequest) async throws -> MovementReport {
    try await reporter.report(request)
  }

  // MARK: Dashboard

  /// What the first page shows; its parts are read at the same time.
  public func dashboard() async throws -> Dashboard {
    let today = days.day(of: configuration.clock())
    return try await dashboards.get(today, topics: Self.topics) { try await self.readDashboard(today) }
  }

  private func readDashboard(_ today: CalendarDay) async throws -> Dashboard {
    async let counts = database.read { try $0.productCounts() }
    async let value = database.read { try $0.stockValue() }
    async let low = database.read { try $0.stock(StockFilter(belowMinimum: true), limit: 10).items }
    async let recent = database.read { try $0.movements(MovementFilter(), limit: 10).items }
    async let month = movementReport(MovementReportRequest(Period(today - 29, through: today), by: .day))
    async let top = topProducts(today)
    let (products, report) = (try await counts, try await month)
    if let failed = report.periods.first(where: { $0.error != nil }) {
      throw ReportFault.failed(failed.error ?? "")
    }
    return Dashboard(
      products: products.products, belowMinimum: products.belowMinimum, stockValue: try await value,
      days: report.periods.map {
        Dashboard.Day(date: $0.period.first, receipts: $0.totals.receipts, issues: $0.totals.issues)
      },
      top: try await top, low: try await low, recent: try await recent)
  }

  private func topProducts(_ today: CalendarDay) async throws -> [TopProduct] {
    let range = days.range(of: Period(today - 29, through: today))
    return try await best.get(today, topics: StockTopic.stock(within: range) + [StockTopic.products]) {
      [database] in
      try await database.read {
        try $0.topProducts(from: range.lowerBound, until: range.upperBound, limit: 10)
      }
    }
  }
}
