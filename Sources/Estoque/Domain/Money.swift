/// An amount in reais: 13 digits and 2 decimals.
public struct Money: ExactDecimal {
  /// Digits in all.
  public static let digits = 15
  /// Decimals.
  public static let fractionDigits = 2
  /// Decimals that are always shown.
  public static let shownFractionDigits = 2
  /// Magnitudes are below it.
  public static let limit: Int64 = 1_000_000_000_000_000

  /// No money.
  public static let zero = Money(unchecked: 0)

  /// Centavos.
  public let scaled: Int64

  /// Creates a value from its scaled integer.
  ///
  /// - Throws: ``DecimalError/overflow(integerDigits:)``.
  @inlinable public init(scaled: Int64) throws(DecimalError) { self.scaled = try Self.checked(scaled) }

  private init(unchecked: Int64) { scaled = unchecked }

  /// What `quantity` at `price` comes to, to the nearest centavo, halves away from zero.
  ///
  /// - Throws: ``DecimalError/overflow(integerDigits:)``.
  public init(_ quantity: Quantity, at price: UnitValue) throws(DecimalError) {
    // Fourteen decimals; at most 36 digits, of the 38 that fit.
    self = try .narrowed(
      (Int128(quantity.scaled) * price.scaled).divided(by: 1_000_000_000_000))
  }
}
