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

  /// Has two months of trade taken in: purchases and sales, a correction, a cancellation, one invoice that awaits its authorisation, one that is
  /// broken, and one that came twice.
  static func move(into intake: Intake) async throws -> NFeReport {
    var trade = SampleTrade(seed: 2026)
    let today = Date()
    var files: [IntakeFile] = []
    for number in 1...invoices {
      var invoice = try trade.invoice(number)
      invoice.day = day(before: today, (invoices - number) * 60 / invoices)
      if number == invoices - 1 { invoice.status = nil }
      files.append(IntakeFile(name: "nfe-\(number).xml", bytes: try invoice.bytes()))
      switch number {
      case 20:
        files.append(
          IntakeFile(name: "correcao-20.xml", bytes: SampleEvent(of: try invoice.key, type: 110_110).bytes()))
      case 30:
        files.append(
          IntakeFile(
            name: "cancelamento-30.xml", bytes: SampleEvent(of: try invoice.key, type: 110_111).bytes()))
      case 40: files.append(IntakeFile(name: "nfe-40-de-novo.xml", bytes: try invoice.bytes()))
      case 50:
        files.append(IntakeFile(name: "nfe-50-cortada.xml", bytes: Array(try invoice.bytes().prefix(900))))
      default: break
      }
    }
    return try await intake.report(files)
  }

  /// Sorts the products into categories and says of which there should be more.
  static func describe(_ database: Database) async throws {
    let words: [(category: String, words: [String])] = [
      ("Ferragens", ["parafuso", "porca", "arruela", "martelo", "chave"]),
      ("Elétrica", ["lâmpada", "cabo", "fita"]), ("Tintas", ["tinta", "massa"]),
      ("Alimentos", ["café", "açúcar", "arroz"]), ("Limpeza", ["detergente"]),
      ("Papelaria", ["papel", "caneta"]),
    ]
    let now = Int64(Date().timeIntervalSince1970 * 1_000_000)
    try await database.transaction { session in
      for (category, words) in words {
        let group = try session.addCategory(category)
        for word in words {
          for var product in try session.products(ProductFilter(search: word), limit: 50).items {
            product.details.category = group.id
            product.details.minimum = try Quantity(120)
            _ = try session.updateProduct(product, at: now)
          }
        }
      }
    }
  }

  private static func day(before date: Date, _ days: Int) -> String {
    let day = CalendarDay(number: Int(date.timeIntervalSince1970 / 86_400) - days)
    return "\(day)"
  }
}
