import EstoqueDomain

/// The stock of a product at a place, with what it cost. Pure arithmetic, without a database.
///
/// The cost is a moving average: what comes adds its cost, what goes takes the average with it, and the last piece takes what rounding
/// left. Below zero there is nothing to average: the last known cost of a unit is taken, and what comes then is valued at its own cost.
struct StockBalance: Equatable {
  private(set) var quantity: Quantity
  private(set) var cost: Money
  /// What a unit cost when that was known last.
  private(set) var unitCost: UnitValue

  init(quantity: Quantity = .zero, cost: Money = .zero, unitCost: UnitValue = .zero) {
    (self.quantity, self.cost, self.unitCost) = (quantity, cost, unitCost)
  }

  /// Applies a movement.
  /// - Parameters:
  ///   - moved: how much; below zero for what goes.
  ///   - given: what it costs, if that is known; the average otherwise.
  /// - Returns: what it costs, with the sign of `moved`.
  mutating func move(_ moved: Quantity, cost given: Money?) throws(DecimalError) -> Money {
    let value: Money
    if let given {
      value = given
    } else if moved.isNegative, try (quantity + moved).isZero {
      value = try cost.negated  // the last piece takes what rounding left
    } else {
      value = try Money(moved, at: unitCost)
    }
    quantity = try quantity + moved
    cost = try cost + value
    if quantity > .zero, !cost.isNegative {
      unitCost = try UnitValue(cost, per: quantity)
    } else if moved > .zero, !value.isNegative {
      unitCost = try UnitValue(value, per: moved)
    }
    return value
  }
}
