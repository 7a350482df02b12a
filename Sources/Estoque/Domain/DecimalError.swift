/// Why a text or a calculation has no exact value of a type.
public enum DecimalError: Error, Hashable, Sendable {
  /// There is no digit in the text.
  case empty

  /// The text holds something that is no part of a number in its form.
  case malformed

  /// More digits behind the decimal separator than the type keeps; rounding silently is not an option.
  case tooManyDecimals(limit: Int)

  /// The value needs more digits in front of the decimal separator than the type has.
  case overflow(integerDigits: Int)

  /// A division by zero.
  case divisionByZero

  /// The result of a multiplication has digits that the type cannot keep.
  case inexact
}
