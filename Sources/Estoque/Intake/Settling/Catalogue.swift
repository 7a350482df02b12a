import EstoqueDatabase
import EstoqueDocuments
import EstoqueDomain
import EstoqueStock

/// What the company knows about the goods of some lines.
struct Catalogue {
  /// A product, as far as lines are concerned.
  struct Known {
    let id: Product.ID
    let unit: String
  }

  /// What a line is.
  enum Resolution {
    /// A mapping says so.
    case mapped(Conversion)
    /// The barcode or the company's own code says so.
    case matched(Conversion, IntakeDetail.Suggestion.Ground)
    /// The product is known, but not how much of it is in this unit.
    case otherUnit(Product.ID, IntakeDetail.Suggestion.Ground)
    case unknown
  }

  private var mappings: [SupplierCode: [SupplierProduct]] = [:]
  private var byCode: [String: Known] = [:]
  private var byBarcode: [String: [Known]] = [:]
  private let companies: Set<CNPJ>
  private let one: Quantity

  init(companies: Set<CNPJ>) throws {
    self.companies = companies
    one = try Quantity(1)
  }

  // MARK: Reading

  /// Reads what the lines may need: the mappings, and products for those lines that have none.
  mutating func load(_ lines: [StockEffect.Line], _ session: Session) throws {
    mappings = try session.supplierProducts(for: Set(lines.map(\.supplierCode)))
    let unmapped = lines.filter { mappings[$0.supplierCode] == nil }
    if unmapped.isEmpty { return }
    let codes = Set(unmapped.filter { isOwn($0) }.map(\.code))
    let rows = try session.query(
      "SELECT id, unit, code FROM product WHERE code", in: codes.sorted().map(\.sqlValue)
    ) { (try Self.known($0), try $0[2] as String) }
    byCode = Dictionary(rows.map { ($0.1, $0.0) }) { first, _ in first }
    let barcodes = Set(unmapped.flatMap(\.barcodes)).flatMap(\.spellings)
    let marked = try session.query(
      "SELECT id, unit, gtin FROM product WHERE active AND gtin", in: Set(barcodes).sorted().map(\.sqlValue)
    ) { (try Self.known($0), try $0[2] as String) }
    byBarcode = Dictionary(grouping: marked) { (try? GTIN($0.1))?.key ?? $0.1 }.mapValues { $0.map(\.0) }
  }

  private static func known(_ row: borrowing Row) throws -> Known {
    let unit: String = try row[1]
    return Known(id: try row[0], unit: UnitOfMeasure(unit).code)
  }

  /// Adds a mapping that has just been made.
  mutating func add(_ mapping: SupplierProduct) {
    mappings[SupplierCode(supplier: mapping.supplier, code: mapping.code), default: []].append(mapping)
  }

  private func isOwn(_ line: StockEffect.Line) -> Bool { line.supplier.cnpj.map(companies.contains) ?? false }

  // MARK: Resolving

  /// What a line is, in the order of certainty: a mapping, the company's own code, the barcode.
  func resolve(_ line: StockEffect.Line) -> Resolution {
    if let known = mappings[line.supplierCode] { return resolve(line, among: known) }
    if isOwn(line), let product = byCode[line.code] { return match(line, with: product, .code) }
    // A barcode that several products have says nothing.
    for barcode in line.barcodes {
      if let products = byBarcode[barcode.key], products.count == 1 {
        return match(line, with: products[0], .gtin)
      }
    }
    return .unknown
  }

  private func resolve(_ line: StockEffect.Line, among mappings: [SupplierProduct]) -> Resolution {
    for (measured, measure) in line.measures {
      guard let mapping = mappings.first(where: { $0.unit == measure.unit.code }) else { continue }
      return .mapped(
        Conversion(product: mapping.product, factor: mapping.factor, measured: measured))
    }
    return mappings.first.map { .otherUnit($0.product, .supplier) } ?? .unknown
  }

  private func match(
    _ line: StockEffect.Line, with product: Known, _ ground: IntakeDetail.Suggestion.Ground
  ) -> Resolution {
    for (measured, measure) in line.measures where measure.unit.code == product.unit {
      return .matched(Conversion(product: product.id, factor: one, measured: measured), ground)
    }
    return .otherUnit(product.id, ground)
  }
}

extension StockEffect.Line {
  var supplierCode: SupplierCode { SupplierCode(supplier: supplier.text, code: code) }

  /// The quantity in which it is sold first.
  var measures: [(Conversion.Measured, Measure)] { [(.commercial, commercial), (.taxable, taxable)] }

  /// The barcodes on it.
  var barcodes: [GTIN] { [commercial.gtin, taxable.gtin].compactMap(\.self) }

  /// How the unit of a quantity is mapped.
  func mapping(_ conversion: Conversion) -> SupplierProduct {
    SupplierProduct(
      supplier: supplier.text, code: code,
      unit: (conversion.measured == .commercial ? commercial : taxable).unit.code,
      product: conversion.product, factor: conversion.factor)
  }
}

extension GTIN {
  /// The ways in which the same number may have been written down: with zeros in front or without.
  fileprivate var spellings: [String] {
    let short = key.drop { $0 == "0" }
    return [text, key]
      + [8, 12, 13].filter { $0 >= short.count }.map {
        String(repeating: "0", count: $0 - short.count) + short
      }
  }
}
