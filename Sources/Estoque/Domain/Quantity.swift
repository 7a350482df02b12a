/// An amount of goods: 11 digits and 4 decimals, as NF-e documents have them.
public struct Quantity: ExactDecimal {
  /// Digits in all.
  public static let digits = 15
  /// Decimals.
  public static let fractionDigits = 4
  /// Decimals that are always shown.
  public static let shownFractionDigits = 0
  /// Magnitudes are below it.
  public static let limit: Int64 = 1_000_000_000_000_000

  /// Nothing.
  public static let zero = Quantity(unchecked: 0)

  /// Ten-thousandths.
  public let scaled: Int64

  /// Creates a value from its scaled integer.
  ///
  /// - Throws: ``DecimalError/overflow(integerDigits:)``.
  @inlinable public init(scaled: Int64) throws(DecimalError) { self.scaled = try Self.checked(scaled) }

  private init(unchecked: Int64) { scaled = unchecked }

  /// Creates a whole number.
  ///
  /// - Throws: ``DecimalError/overflow(integerDigits:)``.
  public init(_ whole: Int) throws(DecimalError) { self = try .narrowed(Int128(whole) * 10_000) }

  /// The quantity in another unit, of which `factor` make one of this: 2 boxes of 12 are 24.
  ///
  /// - Throws: ``DecimalError/inexact`` when four decimals cannot hold the result, or
  ///   ``DecimalError/overflow(integerDigits:)``.
  public func converted(by factor: Quantity) throws(DecimalError) -> Quantity {
    let (result, rest) = (Int128(scaled) * Int128(factor.scaled)).quotientAndRemainder(dividingBy: 10_000)
    guard rest == 0 else { throw .inexact }
    return try .narrowed(result)
  }
}
