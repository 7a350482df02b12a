import EstoqueDomain

/// A line of a sample invoice; what it comes to is computed.
public struct SampleItem: Hashable, Sendable {
  /// The emitter's code.
  public var code: String
  /// The product's name.
  public var name: String
  /// Its class.
  public var ncm: String
  /// Its barcode, `SEM GTIN` or nothing.
  public var gtin: String
  /// The operation.
  public var cfop: String
  /// The unit.
  public var unit: String
  /// How many.
  public var quantity: Quantity
  /// The price of one.
  public var price: UnitValue
  /// How many of `taxableUnit` are in one of `unit`.
  public var factor: Quantity?
  /// The unit in which it is taxed, where it is another.
  public var taxableUnit: String
  /// The lot, with the days it was made and is good until.
  public var lot: Lot?
  /// Whether it is a service under municipal tax.
  public var isService = false

  /// Creates an item.
  public init(
    code: String, name: String, ncm: String = "73181500", gtin: String = GTIN.none, cfop: String = "5102",
    unit: String = "UN", quantity: Quantity, price: UnitValue, factor: Quantity? = nil,
    taxableUnit: String = "UN"
  ) {
    (self.code, self.name, self.ncm, self.gtin, self.cfop) = (code, name, ncm, gtin, cfop)
    (self.unit, self.quantity, self.price) = (unit, quantity, price)
    (self.factor, self.taxableUnit) = (factor, taxableUnit)
  }

  /// A lot that is all of an item.
  public struct Lot: Hashable, Sendable {
    /// The manufacturer's number.
    public var number: String
    /// The day it was made.
    public var made: String
    /// The day until which it is good.
    public var expires: String

    /// Creates a lot.
    public init(number: String, made: String, expires: String) {
      (self.number, self.made, self.expires) = (number, made, expires)
    }
  }

  /// What it comes to.
  ///
  /// - Throws: ``DecimalError``.
  public var total: Money {
    get throws(DecimalError) { try Money(quantity, at: price) }
  }
}
