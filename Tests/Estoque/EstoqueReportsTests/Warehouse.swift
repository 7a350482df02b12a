import EstoqueDatabase
import EstoqueDomain
import EstoqueStock
import EstoqueTestSupport
import Foundation
import Revoada

@testable import EstoqueReports

/// A database with products and movements.
struct Warehouse {
  let database: Database
  let products: [Product]
  let branch: Location

  static let migrations = Schema.migrations + ReportSchema.migrations
  /// 2026-03-10 12:00 in São Paulo.
  static let noon: Int64 = 1_773_154_800_000_000
  static let day: Int64 = 86_400_000_000

  static func open(
    on backend: Backend, products count: Int = 10, _ body: (Warehouse) async throws -> Void
  ) async throws {
    try await backend.withDatabase(migrations: migrations) { try await body(Warehouse($0, products: count)) }
  }

  init(_ database: Database, products count: Int) async throws {
    self.database = database
    (products, branch) = try await database.transaction { session in
      let branch = try session.addLocation(code: "FILIAL", name: "Filial")
      let products = try (0..<count).map { number in
        try session.addProduct(
          Product.Details(
            code: "P\(number)", name: "Produto \(number)", minimum: try Quantity(number % 3 == 0 ? 5 : 0)),
          at: 1)
      }
      return (products, branch)
    }
  }

  func draft(
    _ kind: MovementKind, _ quantity: Int, of product: Int = 0, at location: Location.ID = Location.main,
    cost: Int64? = nil, on moment: Int64 = noon, reference: String = ""
  ) throws -> MovementDraft {
    MovementDraft(
      kind, of: products[product].id, try Quantity(quantity), at: location,
      cost: try cost.map { try Money(scaled: $0) },
      happenedAt: moment, reference: reference)
  }

  @discardableResult
  func post(_ drafts: MovementDraft...) async throws -> Int64 { try await post(drafts) }

  @discardableResult
  func post(_ drafts: [MovementDraft]) async throws -> Int64 {
    try await database.transaction {
      try $0.post(drafts, from: PostingOrigin("test", at: Self.noon), negative: .allowed)
    }
  }

  func reports(
    _ change: (inout ReportConfiguration) -> Void = { _ in }
  ) throws -> Reports {
    var configuration = ReportConfiguration()
    configuration.clock = { Self.noon }
    change(&configuration)
    return try Reports(database, configuration)
  }
}

func whole(_ number: Int) -> Quantity { try! Quantity(number) }
func centavos(_ number: Int64) -> Money { try! Money(scaled: number) }
