import EstoqueDatabase
import EstoqueDomain

extension Session {
  private static let mappingColumns: SQL = "supplier, code, unit, product, factor"

  private static func mapping(_ row: borrowing Row) throws -> SupplierProduct {
    SupplierProduct(
      supplier: try row[0], code: try row[1], unit: try row[2], product: try row[3], factor: try row[4])
  }

  /// Remembers what suppliers' codes are, in place of what was remembered for the same codes and units.
  /// - Throws: ``StockFault/wrongFactor(code:)``.
  public func rememberSupplierProducts(_ mappings: [SupplierProduct]) throws {
    for mapping in mappings where mapping.factor <= .zero {
      throw StockFault.wrongFactor(code: mapping.code)
    }
    // In one order, so that nobody waits in a circle.
    let sorted = mappings.sorted {
      ($0.supplier, $0.code, $0.unit) < ($1.supplier, $1.code, $1.unit)
    }
    for mapping in sorted {
      try execute(
        """
        INSERT INTO supplier_product (supplier, code, unit, product, factor) VALUES (?1, ?2, ?3, ?4, ?5)
        ON CONFLICT (supplier, code, unit) DO UPDATE SET product = excluded.product, factor = excluded.factor
        """, mapping.supplier, mapping.code, mapping.unit, mapping.product, mapping.factor)
    }
  }

  /// Forgets what a supplier's code is in a unit.
  /// - Returns: whether it was known.
  @discardableResult
  public func forgetSupplierProduct(supplier: String, code: String, unit: String) throws -> Bool {
    try execute(
      "DELETE FROM supplier_product WHERE supplier = ?1 AND code = ?2 AND unit = ?3", supplier, code,
      UnitOfMeasure(unit).code) > 0
  }

  /// What is known of suppliers' products, by supplier, code and unit.
  ///
  /// - Parameters:
  ///   - supplier: only this one's; nil for all.
  ///   - product: only those of this product; nil for all.
  ///   - after: those behind this one.
  ///   - limit: how many at most.
  public func supplierProducts(
    of supplier: String? = nil, product: Product.ID? = nil, after: SupplierProduct? = nil, limit: Int = 50
  ) throws -> [SupplierProduct] {
    try query(
      """
      SELECT \(Self.mappingColumns) FROM supplier_product
      WHERE (CAST(?1 AS TEXT) IS NULL OR supplier = ?1) AND (CAST(?2 AS BIGINT) IS NULL OR product = ?2)
        AND (supplier, code, unit) > (?3, ?4, ?5)
      ORDER BY supplier, code, unit LIMIT ?6
      """, supplier, product, after?.supplier ?? "", after?.code ?? "", after?.unit ?? "", limit,
      decode: Self.mapping)
  }

  /// What is known of some suppliers' codes, in all their units.
  public func supplierProducts(for codes: Set<SupplierCode>) throws -> [SupplierCode: [SupplierProduct]] {
    var found: [SupplierCode: [SupplierProduct]] = [:]
    let sorted = codes.sorted()
    for start in stride(from: 0, to: sorted.count, by: 256) {
      let chunk = sorted[start..<min(start + 256, sorted.count)]
      // Few different statements, so that they stay prepared: the last one is asked for again until there are enough.
      var size = 1
      while size < chunk.count { size *= 2 }
      let padded =
        Array(chunk) + [SupplierCode](repeating: sorted[chunk.endIndex - 1], count: size - chunk.count)
      let pairs = (0..<size).map { "(?\(2 * $0 + 1), ?\(2 * $0 + 2))" }.joined(separator: ", ")
      let mappings = try query(
        """
        SELECT \(Self.mappingColumns) FROM supplier_product WHERE (supplier, code) IN (VALUES \(SQL(verbatim: pairs)))
        ORDER BY supplier, code, unit
        """, values: padded.flatMap { [.text($0.supplier), .text($0.code)] }, decode: Self.mapping)
      for mapping in mappings {
        found[SupplierCode(supplier: mapping.supplier, code: mapping.code), default: []].append(mapping)
      }
    }
    return found
  }
}

/// A product as a supplier names it.
public struct SupplierCode: Hashable, Comparable, Sendable {
  /// The supplier's CNPJ or CPF.
  public let supplier: String
  /// Its code.
  public let code: String

  /// Creates a name.
  public init(supplier: String, code: String) { (self.supplier, self.code) = (supplier, code) }

  /// By supplier, then by code.
  public static func < (left: Self, right: Self) -> Bool {
    (left.supplier, left.code) < (right.supplier, right.code)
  }
}
