import EstoqueDocuments
import EstoqueDomain
import EstoqueStock

/// What a line is in the company's own terms.
struct Conversion: Sendable, Equatable {
  /// The two quantities that a line has.
  enum Measured: Sendable { case commercial, taxable }

  let product: Product.ID
  /// How many of the product's unit are in one of the line's.
  let factor: Quantity
  /// Which of the line's quantities is converted.
  let measured: Measured
}

/// A part of a line: all of it, or what is of one lot.
struct LineShare: Equatable {
  let lot: EstoqueDocuments.Lot?
  let quantity: Quantity
  let cost: Money
}

extension StockEffect.Line {
  /// The line in the product's unit, lot by lot.
  ///
  /// Lots that do not fit the line, in number or in decimals, are left out: what came is what the line says.
  /// - Throws: ``DecimalError/inexact`` if four decimals cannot hold the quantity; ``DecimalError/overflow(integerDigits:)``.
  func shares(_ conversion: Conversion) throws(DecimalError) -> [LineShare] {
    let measure = conversion.measured == .commercial ? commercial : taxable
    let quantity = try measure.quantity.converted(by: conversion.factor)
    guard let parts = parts(of: quantity) else {
      return [LineShare(lot: nil, quantity: quantity, cost: cost)]
    }
    // Each part takes its share of the cost; the last one what rounding leaves.
    var shares: [LineShare] = []
    var rest = cost.scaled
    for (index, part) in parts.enumerated() {
      let share =
        index == parts.count - 1
        ? rest
        : Int64(Int128(cost.scaled) * Int128(part.quantity.scaled) / Int128(quantity.scaled))
      rest -= share
      shares.append(LineShare(lot: part.lot, quantity: part.quantity, cost: try Money(scaled: share)))
    }
    return shares
  }

  /// The line's lots in the product's unit, and what is of none; nil if they do not fit.
  private func parts(of quantity: Quantity) -> [(lot: EstoqueDocuments.Lot?, quantity: Quantity)]? {
    if lots.isEmpty || commercial.quantity.isZero { return nil }
    var parts: [(lot: EstoqueDocuments.Lot?, quantity: Quantity)] = []
    var rest = quantity.scaled
    for lot in lots {
      let (share, remainder) = (Int128(lot.quantity.scaled) * Int128(quantity.scaled))
        .quotientAndRemainder(dividingBy: Int128(commercial.quantity.scaled))
      guard remainder == 0, share > 0, share <= Int128(rest), !lot.number.allSatisfy(\.isWhitespace),
        let part = try? Quantity(scaled: Int64(share))
      else { return nil }
      rest -= part.scaled
      parts.append((lot, part))
    }
    if rest > 0 {
      guard let part = try? Quantity(scaled: rest) else { return nil }
      parts.append((nil, part))
    }
    return parts
  }
}
