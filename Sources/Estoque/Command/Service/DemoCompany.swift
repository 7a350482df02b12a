import EstoqueDatabase
import EstoqueDomain
import EstoqueIntake
import EstoqueSamples
import EstoqueStock
import Foundation
import Logging
import Revoada
import RevoadaObservability

/// A company that does not exist, for the demo: its settings, invoices and products.
enum DemoCompany {
  private static let invoices = 80

  /// The settings of the demo; nothing of the machine's own settings is read.
  static func settings(in folder: URL, port: Int) async throws -> SettingSources {
    let logging = StructuredLogging(level: .warning, output: .standardError)
    LoggingSystem.bootstrap { logging.handler(label: $0) }
    let file = folder.appending(path: "estoque.yaml").path
    try """
    company:
      name: \(SampleCompany.own.name)
      cnpjs: [\(SampleCompany.own.cnpj.text)]
    database:
      location: \(folder.appending(path: "estoque.db").path)
    data:
      folder: \(folder.appending(path: "data").path)
    server:
      port: \(port)
    """.write(toFile: file, atomically: true, encoding: .utf8)
    return try await SettingSources(flags: [:], file: file, environment: [:])
  }

  /// Letters and digits that nobody mistakes for each other.
  static func password() -> String {
    String((0..<14).compactMap { _ in "abcdefghjkmnpqrstuvwxyz23456789".randomElement() })
  }

  /// Two months of trade: purchases and sales.
  private static func trade() throws -> [SampleInvoice] {
    var trade = SampleTrade(seed: 2026)
    let today = CalendarDay(number: Int(Date().timeIntervalSince1970 / 86_400))
    return try (1...invoices).map { number in
      var invoice = try trade.invoice(number)
      invoice.day = "\(today - (invoices - number) * 60 / invoices)"
      if number == invoices - 1 { invoice.status = nil }
      return invoice
    }
  }

  /// Has the trade taken in, with a correction, a cancellation, one invoice that awaits its authorisation, one that is broken, and one that came twice.
  static func move(into intake: Intake) async throws -> NFeReport {
    var files: [IntakeFile] = []
    for invoice in try trade() {
      let (number, key, bytes) = (invoice.number, try invoice.key, try invoice.bytes())
      files.append(IntakeFile(name: "nfe-\(number).xml", bytes: bytes))
      switch number {
      case 20:
        files.append(IntakeFile(name: "correcao-20.xml", bytes: SampleEvent(of: key, type: 110_110).bytes()))
      case 30:
        files.append(
          IntakeFile(name: "cancelamento-30.xml", bytes: SampleEvent(of: key, type: 110_111).bytes()))
      case 40: files.append(IntakeFile(name: "nfe-40-de-novo.xml", bytes: bytes))
      case 50: files.append(IntakeFile(name: "nfe-50-cortada.xml", bytes: Array(bytes.prefix(900))))
      default: break
      }
    }
    return try await intake.report(files)
  }

  /// The company's products, in categories, and which of them each supplier's codes are.
  static func describe(_ database: Database) async throws {
    let items = try trade().flatMap { invoice in invoice.items.map { (invoice.emitter, $0) } }
    let now = WallClock.now()
    try await database.transaction { session in
      var groups: [String: Category.ID] = [:]
      for (category, _) in categories { groups[category] = try session.addCategory(category).id }
      var products: [String: Product.ID] = [:]
      for (emitter, item) in items {
        // The invented codes end with the same number wherever the goods come from.
        let code = "\(SampleCompany.own.cnpj.text.prefix(2))-\(item.code.suffix(4))"
        if products[code] == nil {
          let group = categories.first { $0.words.contains { item.name.lowercased().hasPrefix($0) } }
          products[code] = try session.addProduct(
            Product.Details(
              code: code, name: item.name, unit: item.unit, gtin: try GTIN.declared(item.gtin)?.text,
              ncm: item.ncm,
              category: group.flatMap { groups[$0.category] }, minimum: try Quantity(60)), at: now
          ).id
        }
        if emitter == .own { continue }
        try session.rememberSupplierProducts([
          SupplierProduct(
            supplier: emitter.cnpj.text, code: item.code, unit: UnitOfMeasure(item.unit).code,
            product: products[code]!,
            factor: try Quantity(1))
        ])
      }
    }
  }

  private static let categories: [(category: String, words: [String])] = [
    ("Ferragens", ["parafuso", "porca", "arruela", "martelo", "chave"]),
    ("Elétrica", ["lâmpada", "cabo", "fita"]), ("Tintas", ["tinta", "massa"]),
    ("Alimentos", ["café", "açúcar", "arroz"]), ("Limpeza", ["detergente"]),
    ("Papelaria", ["papel", "caneta"]),
  ]
}
