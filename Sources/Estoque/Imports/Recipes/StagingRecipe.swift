import EstoqueDatabase
import EstoqueDomain
import EstoqueStock

/// Lines that say what a dealer has.
struct StagingRecipe: ImportRecipe {
  struct Line: Sendable {
    let dealer: String
    let code: String
    let name: String?
    let quantity: Quantity?
    let unitPrice: UnitValue?
  }

  func decode(_ cells: LineCells) throws(LineFault) -> Line {
    let line = Line(
      dealer: try cells.required(.dealer, limit: 120), code: try cells.required(.code, limit: 60),
      name: try cells.text(.name, limit: 300), quantity: try cells.decimal(.quantity, as: Quantity.self),
      unitPrice: try cells.decimal(.unitCost, as: UnitValue.self))
    if line.unitPrice?.isNegative ?? false { throw .negative(.unitCost) }
    return line
  }

  func plan(_ lines: [NumberedLine<Line>], in chunk: ChunkContext) throws -> [LinePlan] {
    try chunk.noteDealers(Set(lines.map(\.content.dealer)))
    try chunk.noteProducts(lines.lazy.map { ($0.content.code, $0.content.name) })
    // Of two lines about the same, the later one counts.
    var latest: [StagedCode: NumberedLine<Line>] = [:]
    for line in lines {
      let dealer = chunk.memory.dealer(line.content.dealer).unsafelyUnwrapped  // created above
      latest[StagedCode(dealer: dealer, code: line.content.code)] = line
    }
    let rows = latest.sorted { $0.key < $1.key }
    // What somebody has said about a dealer's code goes before the product that happens to have the same.
    let decided = try chunk.session.promoted(rows.map(\.key))
    func product(_ code: StagedCode) -> Product.ID? { decided[code] ?? chunk.memory.product(code.code) }
    try chunk.session.insertMany(
      into: "product_staging",
      [
        "dealer", "code", "name", "quantity", "unit_price", "job", "line", "staged_at", "promoted_at",
        "product",
      ], rows,
      onConflict: """
        ON CONFLICT (dealer, code) DO UPDATE SET name = excluded.name, quantity = excluded.quantity,
          unit_price = excluded.unit_price, job = excluded.job, line = excluded.line,
          staged_at = excluded.staged_at, promoted_at = excluded.promoted_at, product = excluded.product
        """
    ) { staged, row in
      let line = staged.value.content
      row.write(staged.key.dealer)
      row.write(line.code)
      row.write(line.name)
      row.write(line.quantity)
      row.write(line.unitPrice)
      row.write(chunk.job)
      row.write(Int64(staged.value.number))
      row.write(chunk.moment)
      row.write(product(staged.key) == nil ? nil : chunk.moment)
      row.write(product(staged.key))
    }
    // Several of a dealer's codes may be one product.
    var known: [DealerProduct: NumberedLine<Line>] = [:]
    for (code, line) in rows {
      guard let product = product(code) else { continue }
      let pair = DealerProduct(dealer: code.dealer, product: product)
      if known[pair].map({ $0.number < line.number }) ?? true { known[pair] = line }
    }
    try chunk.session.insertMany(
      into: "product_dealer", ["dealer", "product", "quantity", "unit_price", "updated_at"],
      known.sorted { $0.key < $1.key }, onConflict: Session.latestCounts
    ) { known, row in
      row.write(known.key.dealer)
      row.write(known.key.product)
      row.write(known.value.content.quantity)
      row.write(known.value.content.unitPrice)
      row.write(chunk.moment)
    }
    return lines.map { line in
      let dealer = chunk.memory.dealer(line.content.dealer).unsafelyUnwrapped  // created above
      guard let product = product(StagedCode(dealer: dealer, code: line.content.code)) else {
        return LinePlan(.staged(line.content.code))
      }
      return LinePlan(product, .promoted)
    }
  }
}
