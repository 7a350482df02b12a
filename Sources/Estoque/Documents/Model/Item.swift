import EstoqueDomain

/// One line of an invoice (det).
public struct Item: Hashable, Sendable {
  /// Its number, 1 to 990.
  public internal(set) var number = 0
  /// The emitter's code of the product (cProd); it may stand on several lines.
  public internal(set) var code = ""
  /// The emitter's name of the product.
  public internal(set) var name = ""
  /// The class of goods, if there is a valid one.
  public internal(set) var ncm: NCM?
  /// The code of tax substitution, as written.
  public internal(set) var cest = ""
  /// The operation.
  public internal(set) var cfop = CFOP.unknown
  /// In the unit in which it is sold (uCom, qCom, vUnCom, cEAN).
  public internal(set) var commercial = Measure()
  /// In the unit in which it is taxed (uTrib, qTrib, vUnTrib, cEANTrib): a box of 12 may be 12 bottles here.
  public internal(set) var taxable = Measure()
  /// The price of all of it.
  public internal(set) var total = Money.zero
  /// Freight.
  public internal(set) var freight = Money.zero
  /// Insurance.
  public internal(set) var insurance = Money.zero
  /// Discount.
  public internal(set) var discount = Money.zero
  /// Other expenses.
  public internal(set) var other = Money.zero
  /// Whether the price is part of the invoice's total (indTot).
  public internal(set) var countsInTotal = true
  /// Whether it is taxed as a service (ISSQN).
  public internal(set) var isTaxedAsService = false
  /// Lots with their dates (rastro).
  public internal(set) var lots: [Lot] = []

  /// Whether it is a service by its operation or by its tax.
  public var isService: Bool { cfop.isService || isTaxedAsService }

  /// What it costs with everything: price, freight, insurance and other expenses, less the discount.
  ///
  /// - Throws: ``DecimalError/overflow(integerDigits:)``.
  public var cost: Money {
    get throws(DecimalError) { try total + freight + insurance + other - discount }
  }
}

/// A quantity in a unit, the price of one, and the barcode on it.
public struct Measure: Hashable, Sendable {
  /// The unit.
  public internal(set) var unit = UnitOfMeasure("")
  /// How many.
  public internal(set) var quantity = Quantity.zero
  /// The price of one.
  public internal(set) var price = UnitValue.zero
  /// The barcode of one, if there is a valid one.
  public internal(set) var gtin: GTIN?
}

/// A lot of an item (rastro).
public struct Lot: Hashable, Sendable {
  /// The manufacturer's number of the lot.
  public internal(set) var number = ""
  /// How much of the item is of this lot.
  public internal(set) var quantity = Quantity.zero
  /// When it was made, if the date can be.
  public internal(set) var manufactured: CalendarDate?
  /// Until when it is good, if the date can be.
  public internal(set) var expires: CalendarDate?
}
