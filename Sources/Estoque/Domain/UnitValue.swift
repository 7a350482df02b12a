/// The price or cost of one unit: 11 digits and 10 decimals.
public struct UnitValue: ExactDecimal {
  /// Digits in all.
  public static let digits = 21
  /// Decimals.
  public static let fractionDigits = 10
  /// Decimals that are always shown.
  public static let shownFractionDigits = 2
  /// Magnitudes are below it.
  public static let limit: Int128 = 1_000_000_000_000_000_000_000

  /// For nothing.
  public static let zero = UnitValue(unchecked: 0)

  /// Ten-thousand-millionths of a real.
  public let scaled: Int128

  /// Creates a value from its scaled integer.
  ///
  /// - Throws: ``DecimalError/overflow(integerDigits:)``.
  @inlinable public init(scaled: Int128) throws(DecimalError) { self.scaled = try Self.checked(scaled) }

  private init(unchecked: Int128) { scaled = unchecked }

  /// What one of `quantity` costs when all cost `total`, to the tenth decimal, halves away from zero.
  ///
  /// - Throws: ``DecimalError/divisionByZero`` or ``DecimalError/overflow(integerDigits:)``.
  public init(_ total: Money, per quantity: Quantity) throws(DecimalError) {
    guard !quantity.isZero else { throw .divisionByZero }
    // Two decimals over four are minus two, to ten: times ten to the power of twelve.
    try self.init(
      scaled: (Int128(total.scaled) * 1_000_000_000_000).divided(by: Int128(quantity.scaled)))
  }
}

extension Int128 {
  /// The quotient to the nearest integer, halves away from zero.
  func divided(by divisor: Int128) -> Int128 {
    let (quotient, rest) = quotientAndRemainder(dividingBy: divisor)
    guard rest.magnitude >= divisor.magnitude - rest.magnitude else { return quotient }
    return quotient + ((self < 0) == (divisor < 0) ? 1 : -1)
  }
}
