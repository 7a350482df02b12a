import EstoqueDatabase
import EstoqueDomain

extension Quantity: SQLConvertible {
  /// Ten-thousandths.
  public var sqlValue: SQLValue { .integer(scaled) }
  /// Reads ten-thousandths.
  public static func decode(_ row: borrowing Row, _ column: Int) throws(DatabaseError) -> Quantity {
    guard let value = try? Quantity(scaled: try row.integer(column)) else {
      throw row.mismatch(column, expected: "a quantity")
    }
    return value
  }
}

extension Money: SQLConvertible {
  /// Centavos.
  public var sqlValue: SQLValue { .integer(scaled) }
  /// Reads centavos.
  public static func decode(_ row: borrowing Row, _ column: Int) throws(DatabaseError) -> Money {
    guard let value = try? Money(scaled: try row.integer(column)) else {
      throw row.mismatch(column, expected: "money")
    }
    return value
  }
}

extension UnitValue: SQLConvertible {
  /// All decimals as text: 21 digits are more than an integer has.
  public var sqlValue: SQLValue { .text(document) }
  /// Reads such a text.
  public static func decode(_ row: borrowing Row, _ column: Int) throws(DatabaseError) -> UnitValue {
    guard let value = try? UnitValue(document: try row.text(column)) else {
      throw row.mismatch(column, expected: "a unit value")
    }
    return value
  }
}
