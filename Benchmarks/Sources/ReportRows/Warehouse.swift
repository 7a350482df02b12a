import EstoqueDatabase
import EstoqueDomain
import EstoqueReports
import EstoqueStock
import Foundation

/// Runs `body` with a database that has enough products and movements.
func withReports<R>(_ body: (Reports, Database) async throws -> R) async throws -> R {
  let environment = ProcessInfo.processInfo.environment
  let place = environment["REPORT_DATABASE"] ?? "/tmp/report-rows.db"
  let database = try Database(try DatabaseConfiguration(place))
  try await database.migrate(Schema.migrations + ReportSchema.migrations)
  try await fill(
    database, products: Int(environment["REPORT_PRODUCTS"] ?? "") ?? 100_000,
    movements: Int(environment["REPORT_MOVEMENTS"] ?? "") ?? 1_000_000)
  let result = try await body(Reports(database), database)
  try await database.close()
  return result
}

/// Two years of receipts and issues, posted in the order of time as imports do.
private func fill(_ database: Database, products: Int, movements: Int) async throws {
  let known = try await database.read { try $0.productCount() }
  for start in stride(from: known, to: products, by: 1000) {
    try await database.transaction { session in
      for number in start..<min(products, start + 1000) {
        _ = try session.addProduct(
          Product.Details(
            code: "P\(number)", name: "Produto \(number) de aço inoxidável", gtin: nil,
            minimum: try Quantity(number % 10 == 0 ? 5 : 0)), at: 1)
      }
    }
  }
  let posted = try await database.read { session in
    try session.value("SELECT COALESCE(MAX(id), 0) FROM movement", as: Int.self) ?? 0
  }
  if posted >= movements { return }
  try await database.transaction { try $0.setBalances(movements: movements, products: products) }
  for start in stride(from: posted, to: movements, by: 250_000) {
    try await database.transaction { session in
      try session.addMovements(start..<min(movements, start + 250_000), of: movements, products: products)
    }
  }
  try await database.transaction { _ = try $0.execute("ANALYZE") }
}

extension Session {
  // Ten million movements in a minute or two: by statements of the database, and so past the ledger's rules. They keep to them all the same. One
  // after the other each product receives 20, then gives 10 twice, at 6.17 apiece; movement `i` (from zero) is the round `i / products`.

  fileprivate func addMovements(_ range: Range<Int>, of movements: Int, products: Int) throws {
    let (begin, span) = (Int64(1_704_078_000_000_000), Int64(730) * 86_400_000_000)  // 2024 and 2025
    let posting = try value(
      "INSERT INTO posting (origin, posted_at) VALUES ('bench', ?1) RETURNING id", begin, as: Int64.self)
    try execute(
      """
      INSERT INTO movement (posting, product, location, kind, quantity, cost, balance, happened_at, reference)
      WITH RECURSIVE number (i) AS (
        SELECT CAST(?1 AS BIGINT) UNION ALL SELECT i + 1 FROM number WHERE i + 1 < CAST(?2 AS BIGINT)
      ), line (i, round) AS (SELECT i, i / CAST(?3 AS BIGINT) % 3 FROM number)
      SELECT CAST(?4 AS BIGINT), i % CAST(?3 AS BIGINT) + 1, 1, CASE round WHEN 0 THEN 'receipt' ELSE 'issue' END,
        CASE round WHEN 0 THEN 200000 ELSE -100000 END, CASE round WHEN 0 THEN 12340 ELSE -6170 END,
        200000 - 100000 * round, CAST(?5 AS BIGINT) + i * CAST(?6 AS BIGINT), 'NF ' || (i / 20)
      FROM line
      """, range.lowerBound, range.upperBound, products, posting, begin, span / Int64(movements))
  }

  fileprivate func setBalances(movements: Int, products: Int) throws {
    try execute(
      """
      INSERT INTO stock (product, location, quantity, cost, unit_cost)
      SELECT id, 1, 200000 - 100000 * round, 12340 - 6170 * round, '6.1700000000' FROM (
        SELECT id, (CAST(?1 AS BIGINT) - id) / CAST(?2 AS BIGINT) % 3 AS round FROM product
        WHERE id <= CAST(?1 AS BIGINT)
      ) AS last WHERE true ON CONFLICT (product, location)
        DO UPDATE SET quantity = excluded.quantity, cost = excluded.cost, unit_cost = excluded.unit_cost
      """, movements, products)
  }
}
