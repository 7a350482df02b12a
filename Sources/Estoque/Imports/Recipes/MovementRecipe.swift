import EstoqueDatabase
import EstoqueDomain
import EstoqueStock

/// Lines that are movements.
struct MovementRecipe: ImportRecipe {
  struct Line: Sendable {
    let code: String
    let name: String?
    let quantity: Quantity
    let unitCost: UnitValue?
    let happenedAt: Int64?
    let reference: String
    let dealer: String?
    let location: String?
    let lot: String?
    let expiry: String?
  }

  let direction: MovementDirection

  func decode(_ cells: LineCells) throws(LineFault) -> Line {
    let code = try cells.required(.code, limit: 60)
    guard let quantity = try cells.decimal(.quantity, as: Quantity.self) else { throw .missing(.quantity) }
    if quantity.isZero { throw .zeroQuantity }
    let unitCost = try cells.decimal(.unitCost, as: UnitValue.self)
    if let unitCost, unitCost.isNegative { throw .negative(.unitCost) }
    return Line(
      code: code, name: try cells.text(.name, limit: 300), quantity: quantity, unitCost: unitCost,
      happenedAt: try cells.moment(.date), reference: try cells.text(.reference, limit: 60) ?? "",
      dealer: try cells.text(.dealer, limit: 120), location: try cells.text(.location, limit: 60),
      lot: try cells.text(.lot, limit: 60), expiry: try cells.day(.expiry))
  }

  func plan(_ lines: [NumberedLine<Line>], in chunk: ChunkContext) throws -> [LinePlan] {
    try chunk.noteProducts(lines.lazy.map { ($0.content.code, $0.content.name) })
    try chunk.noteDealers(Set(lines.lazy.compactMap(\.content.dealer)))
    var pairs: [DealerProduct] = []
    let plans = try lines.map { line in
      let line = line.content
      guard let product = chunk.memory.product(line.code) else { return LinePlan(.unknownProduct(line.code)) }
      guard let location = try chunk.location(line.location) else {
        return LinePlan(.unknownLocation(line.location ?? chunk.options.location))
      }
      var draft: MovementDraft
      do { draft = try self.draft(line, of: product, at: location, now: chunk.moment) } catch let fault
        as LineFault
      {
        return LinePlan(fault)
      }
      if let number = line.lot { draft.lot = try chunk.lot(number, of: product, expires: line.expiry) }
      if let dealer = line.dealer.flatMap(chunk.memory.dealer) {
        let pair = DealerProduct(dealer: dealer, product: product)
        if chunk.memory.isNew(pair) { pairs.append(pair) }
      }
      return LinePlan(product, .posted, draft: draft)
    }
    try chunk.session.insertMany(
      into: "product_dealer", ["dealer", "product", "updated_at"], pairs.sorted(),
      onConflict: "ON CONFLICT DO NOTHING"
    ) { pair, row in
      row.write(pair.dealer)
      row.write(pair.product)
      row.write(chunk.moment)
    }
    return plans
  }

  private func draft(
    _ line: Line, of product: Product.ID, at location: Location.ID, now: Int64
  ) throws -> MovementDraft {
    let isBack = direction == .sales && line.quantity.isNegative
    let kind: MovementKind
    let quantity: Quantity
    do throws(DecimalError) {
      switch direction {
      case .receipts: (kind, quantity) = (line.quantity.isNegative ? .issue : .receipt, line.quantity)
      case .sales: (kind, quantity) = (isBack ? .receipt : .issue, try line.quantity.negated)
      case .adjustments: (kind, quantity) = (.adjustment, line.quantity)
      }
      // What was sold has a price, which is no cost.
      let cost =
        direction == .sales || quantity.isNegative
        ? nil : try line.unitCost.map { unit throws(DecimalError) in try Money(quantity, at: unit) }
      var note = line.dealer ?? ""
      if isBack { note = note.isEmpty ? "devolução" : "devolução · " + note }
      return MovementDraft(
        kind, of: product, quantity, at: location, cost: cost, happenedAt: line.happenedAt ?? now,
        reference: line.reference, note: note)
    } catch { throw LineFault.number(.unitCost, line.unitCost?.brazilian ?? "", error.explanation) }
  }
}
