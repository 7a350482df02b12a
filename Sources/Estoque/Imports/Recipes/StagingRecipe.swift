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
  private struct Key: Hashable, Comparable {
    let dealer: Int64
    let code: String
    static func < (left: Self, right: Self) -> Bool { (left.dealer, left.code) < (right.dealer, right.code) }
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
    var latest: [Key: NumberedLine<Line>] = [:]
    for line in lines {
      let dealer = chunk.memory.dealer(line.content.dealer).unsafelyUnwrapped  // created above
      latest[Key(dealer: dealer, code: line.content.code)] = line
    }
    let rows = latest.sorted { $0.key < $1.key }
    try chunk.session.insertMany(
      into: "product_staging",
      ["dealer", "code", "name", "quantity", "unit_price", "job", "line", "staged_at", "promoted_at"], rows,
      onConflict: """
        ON CONFLICT (dealer, code) DO UPDATE SET name = excluded.name, quantity = excluded.quantity,
          unit_price = excluded.unit_price, job = excluded.job, line = excluded.line,
          staged_at = excluded.staged_at, promoted_at = excluded.promoted_at
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
      row.write(chunk.memory.product(line.code) == nil ? nil : chunk.moment)
    }
    let known = rows.compactMap { staged in
      chunk.memory.product(staged.key.code).map { (staged.key.dealer, $0, staged.value.content) }
    }
    try chunk.session.insertMany(
      into: "product_dealer", ["dealer", "product", "quantity", "unit_price", "updated_at"],
      known.sorted { ($0.0, $0.1) < ($1.0, $1.1) },
      onConflict: """
        ON CONFLICT (dealer, product) DO UPDATE SET quantity = excluded.quantity,
          unit_price = excluded.unit_price, updated_at = excluded.updated_at
        """
    ) { pair, row in
      row.write(pair.0)
      row.write(pair.1)
      row.write(pair.2.quantity)
      row.write(pair.2.unitPrice)
      row.write(chunk.moment)
    }
    return lines.map { line in
      guard let product = chunk.memory.product(line.content.code) else {
        return LinePlan(.staged(line.content.code))
      }
      return LinePlan(product, .promoted)
    }
  }
}

extension Session {
  /// Promotes what waits in the staging table for products that exist by now.
  func promoteStaged(at moment: Int64) throws -> Int {
    try execute(
      """
      INSERT INTO product_dealer (dealer, product, quantity, unit_price, updated_at)
      SELECT staged.dealer, product.id, staged.quantity, staged.unit_price, ?1
      FROM product_staging AS staged JOIN product ON product.code = staged.code
      WHERE staged.promoted_at IS NULL
      ON CONFLICT (dealer, product) DO UPDATE SET quantity = excluded.quantity,
        unit_price = excluded.unit_price, updated_at = excluded.updated_at
      """, moment)
    return try execute(
      """
      UPDATE product_staging SET promoted_at = ?1
      WHERE promoted_at IS NULL AND EXISTS (SELECT 1 FROM product WHERE product.code = product_staging.code)
      """, moment)
  }
}
