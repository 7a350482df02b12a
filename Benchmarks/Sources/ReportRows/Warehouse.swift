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
  let last = try await database.read { session in
    try session.value("SELECT COALESCE(MAX(id), 0) FROM movement", as: Int.self)
  }
  let posted = last ?? 0
  let (begin, span) = (Int64(1_704_078_000_000_000), Int64(730) * 86_400_000_000)  // 2024 and 2025
  let chunk = 2000
  for start in stride(from: posted, to: movements, by: chunk) {
    try await database.transaction { session in
      let drafts = try (start..<min(movements, start + chunk)).map { number in
        let isReceipt = number % 3 == 0
        return MovementDraft(
          isReceipt ? .receipt : .issue,
          of: Product.ID(rawValue: Int64(number &* 7919 % products + 1)),
          try Quantity(isReceipt ? 20 : -number % 9 - 1), cost: isReceipt ? try Money(scaled: 12_345) : nil,
          happenedAt: begin + Int64(Double(span) * Double(number) / Double(movements)),
          reference: "NF \(number / 20)")
      }
      try session.post(drafts, from: PostingOrigin("bench", at: begin), negative: .allowed)
    }
  }
  if posted < movements { try await database.transaction { try $0.execute("ANALYZE") } }
}
