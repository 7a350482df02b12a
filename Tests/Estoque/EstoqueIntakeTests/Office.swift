import EstoqueDatabase
import EstoqueDocuments
import EstoqueDomain
import EstoqueSamples
import EstoqueStock
import EstoqueTestSupport
import Foundation
import Revoada
import Synchronization
import Testing

@testable import EstoqueIntake

/// The sample company with an intake.
struct Office: Sendable {
  let database: Database
  let intake: Intake

  static let migrations = Schema.migrations + IntakeSchema.migrations

  /// Runs `body` with a new office; at its end the books must be right.
  static func open(
    on backend: Backend, _ change: (inout IntakeConfiguration) -> Void = { _ in },
    _ body: (Office) async throws -> Void
  ) async throws {
    try await backend.withDatabase(migrations: migrations) { database in
      let office = try Office(database, change)
      try await body(office)
      try await office.expectSound()
    }
  }

  init(_ database: Database, _ change: (inout IntakeConfiguration) -> Void = { _ in }) throws {
    self.database = database
    intake = try Intake(database, Self.configuration(change))
  }

  static func configuration(_ change: (inout IntakeConfiguration) -> Void = { _ in }) -> IntakeConfiguration {
    var configuration = IntakeConfiguration(companies: [SampleCompany.own.cnpj])
    change(&configuration)
    return configuration
  }

  /// Another intake on the same database, as another process has it.
  func another(_ change: (inout IntakeConfiguration) -> Void = { _ in }) throws -> Office {
    try Office(database, change)
  }

  // MARK: What comes in

  /// An invoice of a supplier to the company.
  static func purchase(_ number: Int = 1, _ items: [SampleItem]? = nil) throws -> SampleInvoice {
    SampleInvoice(
      number: number, emitter: .suppliers[0], recipient: .own, items: try items ?? [item(), item("B-2")])
  }

  /// An invoice of the company to a customer.
  static func sale(_ number: Int = 1, _ items: [SampleItem]? = nil) throws -> SampleInvoice {
    SampleInvoice(
      number: number, emitter: .own, recipient: .customers[0], items: try items ?? [item("CAFE")])
  }

  /// Ten of something for 12,50 each.
  static func item(_ code: String = "A-1", _ quantity: Int = 10, unit: String = "UN") throws -> SampleItem {
    SampleItem(
      code: code, name: "Produto \(code)", unit: unit, quantity: try Quantity(quantity),
      price: try UnitValue(scaled: 125_000_000_000))
  }

  /// Takes a document in and works on it.
  @discardableResult
  func take(_ bytes: [UInt8], _ name: String = "nota.xml") async throws -> IntakeDocument {
    let submission = try await intake.submit([IntakeFile(name: name, bytes: bytes)], from: .upload)
    try await intake.process()
    return try await document(submission.documents[0].id)
  }
  @discardableResult
  func take(_ invoice: SampleInvoice) async throws -> IntakeDocument { try await take(invoice.bytes()) }
  @discardableResult
  func take(_ event: SampleEvent) async throws -> IntakeDocument { try await take(event.bytes()) }

  // MARK: What became of it

  func document(_ id: IntakeDocument.ID) async throws -> IntakeDocument {
    try #require(try await intake.document(id)).document
  }

  func states() async throws -> [IntakeState] {
    try await intake.documents().items.reversed().map(\.state)
  }

  func product(_ code: String) async throws -> Product? {
    try await database.read { try $0.product(code: code) }
  }

  /// The stock of a product by its code; nil if there is none.
  func stock(_ code: String) async throws -> Quantity? {
    try await database.read { session in
      try session.product(code: code).map { try session.stock(of: $0.id) }
    }
  }

  func movements() async throws -> [MovementKind] {
    try await database.read { try $0.query("SELECT kind FROM movement ORDER BY id") { try $0[0] } }
  }

  func count(_ table: String) async throws -> Int {
    try await database.read {
      try $0.value(SQL(verbatim: "SELECT count(*) FROM \(table)"), as: Int.self) ?? -1
    }
  }

  func addProduct(
    _ code: String, unit: String = "UN", gtin: String? = nil, name: String = "Produto"
  ) async throws -> Product {
    try await database.transaction {
      try $0.addProduct(Product.Details(code: code, name: name, unit: unit, gtin: gtin), at: 1)
    }
  }

  func map(_ code: String, _ unit: String = "UN", to product: Product, factor: Int = 1) async throws {
    try await database.transaction { session in
      try session.rememberSupplierProducts([
        SupplierProduct(
          supplier: SampleCompany.suppliers[0].cnpj.text, code: code, unit: unit, product: product.id,
          factor: try Quantity(factor))
      ])
    }
  }

  /// Whatever happened: balances are sums, each key has been posted once, and what was accepted has its key.
  func expectSound() async throws {
    let (unbalanced, lost, doubled) = try await database.read { session in
      (
        try session.unbalanced(),
        try session.query(
          """
          SELECT d.key FROM intake d WHERE d.state = 'accepted'
            AND NOT EXISTS (SELECT 1 FROM nfe n WHERE n.key = d.key)
          """
        ) { try $0[0] as String },
        try session.query(
          """
          SELECT p.id FROM posting p WHERE p.origin = 'nfe'
            AND NOT EXISTS (SELECT 1 FROM nfe n WHERE n.posting = p.id OR n.reversal = p.id)
            AND NOT EXISTS (SELECT 1 FROM movement m JOIN movement r ON r.reverses = m.id
              WHERE m.posting = p.id OR r.posting = p.id)
          """
        ) { try $0[0] as Int64 }
      )
    }
    #expect(unbalanced.isEmpty && lost.isEmpty && doubled.isEmpty)
  }
}

/// The code that a product of the first sample supplier gets.
func supplierCode(_ code: String) -> String { "\(SampleCompany.suppliers[0].cnpj.text.prefix(8))-\(code)" }

/// A whole number of pieces, small enough to exist.
func whole(_ number: Int) -> Quantity { try! Quantity(number) }

/// The same, gone.
func minus(_ number: Int) -> Quantity { try! Quantity(-number) }
