/// A decimal number with a fixed number of digits, kept as a scaled integer: no rounding behind anybody's back.
///
/// Every operation either has the exact result or throws; the types never hold a value outside of
/// their digits.
public protocol ExactDecimal: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The integer that holds the value times ten to the power of ``fractionDigits``.
  associatedtype Scaled: FixedWidthInteger & SignedInteger & Sendable

  /// How many digits a value has at most, those behind the separator included.
  static var digits: Int { get }

  /// How many of the ``digits`` stand behind the decimal separator.
  static var fractionDigits: Int { get }

  /// How many digits behind the separator people are always shown.
  static var shownFractionDigits: Int { get }

  /// Ten to the power of ``digits``: magnitudes are below it.
  static var limit: Scaled { get }

  /// The value times ten to the power of ``fractionDigits``.
  var scaled: Scaled { get }

  /// Creates a value from its scaled integer.
  ///
  /// - Throws: ``DecimalError/overflow(integerDigits:)``.
  init(scaled: Scaled) throws(DecimalError)
}

extension ExactDecimal {
  /// How many digits stand in front of the separator.
  public static var integerDigits: Int { digits - fractionDigits }

  /// `scaled`, provided that the type has digits for it.
  @inlinable static func checked(_ scaled: Scaled) throws(DecimalError) -> Scaled {
    guard scaled > -limit, scaled < limit else { throw .overflow(integerDigits: integerDigits) }
    return scaled
  }

  /// Creates a value from a wider scaled integer.
  static func narrowed(_ scaled: Int128) throws(DecimalError) -> Self {
    guard let narrow = Scaled(exactly: scaled) else { throw .overflow(integerDigits: integerDigits) }
    return try Self(scaled: narrow)
  }

  /// Whether a value is less than another.
  @inlinable public static func < (left: Self, right: Self) -> Bool { left.scaled < right.scaled }

  /// The exact sum.
  @inlinable public static func + (left: Self, right: Self) throws(DecimalError) -> Self {
    // Two values below ten to the power of `digits` never overflow the integer that holds them.
    try Self(scaled: left.scaled + right.scaled)
  }

  /// The exact difference.
  @inlinable public static func - (left: Self, right: Self) throws(DecimalError) -> Self {
    try Self(scaled: left.scaled - right.scaled)
  }

  /// The value with the opposite sign.
  public var negated: Self {
    get throws(DecimalError) { try Self(scaled: -scaled) }
  }

  /// Whether the value is zero.
  @inlinable public var isZero: Bool { scaled == 0 }

  /// Whether the value is below zero.
  @inlinable public var isNegative: Bool { scaled < 0 }

  /// Reads a decimal as NF-e documents write it: digits, perhaps a point and digits; no sign, no blanks.
  ///
  /// - Throws: ``DecimalError``; more decimals than the type has are an error, never rounded.
  @inlinable public init(document text: Span<UInt8>) throws(DecimalError) {
    let scaled = try DecimalText.document(
      text, fractionDigits: Self.fractionDigits, integerDigits: Self.integerDigits)
    try self.init(scaled: Scaled(truncatingIfNeeded: scaled))
  }

  /// Reads a decimal as NF-e documents write it.
  ///
  /// - Throws: ``DecimalError``.
  public init(document text: String) throws(DecimalError) {
    let bytes = Array(text.utf8)
    try self.init(document: bytes.span)
  }

  /// Reads what people in Brazil type: `1.234,56`, `1234,5`, `-12`, `R$ 9,90`.
  ///
  /// With a comma, points may only separate thousands. Without one, points that stand where thousands
  /// are separated do that (`1.234` is one thousand two hundred and thirty-four, `0.123` is not), and a
  /// single point elsewhere is a decimal point (`1.5`).
  ///
  /// - Throws: ``DecimalError``; a text that could be read in two other ways is
  ///   ``DecimalError/malformed``, never guessed.
  public init(brazilian text: String) throws(DecimalError) {
    let scaled = try DecimalText.brazilian(
      text, fractionDigits: Self.fractionDigits, integerDigits: Self.integerDigits)
    self = try Self.narrowed(scaled)
  }

  /// The value as NF-e documents write it, with all decimals: `1234.5600`.
  public var document: String {
    DecimalText.document(Int128(scaled), fractionDigits: Self.fractionDigits)
  }

  /// The value as people in Brazil read it: `1.234,56`, with no more zeros at the end than necessary.
  public var brazilian: String {
    DecimalText.brazilian(
      Int128(scaled), fractionDigits: Self.fractionDigits, shown: Self.shownFractionDigits)
  }

  /// The value with a point and all decimals.
  public var description: String { document }
}
