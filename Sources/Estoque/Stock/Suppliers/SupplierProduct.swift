import EstoqueDomain

/// What a supplier's code, in one of its units, is among the company's own products.
public struct SupplierProduct: Sendable, Equatable {
  /// The supplier's CNPJ or CPF, as documents write it.
  public var supplier: String
  /// The supplier's code.
  public var code: String
  /// The unit in which it sells, by its code (``UnitOfMeasure/code``).
  public var unit: String
  /// The company's product.
  public var product: Product.ID
  /// How many of the product's unit are in one of the supplier's: 12 for a box of 12.
  public var factor: Quantity

  /// Creates a mapping.
  public init(supplier: String, code: String, unit: String, product: Product.ID, factor: Quantity) {
    (self.supplier, self.code, self.unit) = (supplier, code, UnitOfMeasure(unit).code)
    (self.product, self.factor) = (product, factor)
  }
}
