import EstoqueDatabase
import EstoqueDomain
import EstoqueStock

/// Lines that are products.
struct ProductRecipe: ImportRecipe {
  struct Line: Sendable {
    let code: String
    let name: String?
    let unit: String?
    let gtin: String?
    let ncm: String?
    let category: String?
    let minimum: Quantity?
    let isActive: Bool?
    let quantity: Quantity?
    let unitCost: UnitValue?
    let location: String?
  }

  let firstStock: FirstStock

  func decode(_ cells: LineCells) throws(LineFault) -> Line {
    let line = Line(
      code: try cells.required(.code, limit: 60), name: try cells.text(.name, limit: 300),
      unit: try cells.text(.unit, limit: 20)?.uppercased(), gtin: try Self.gtin(cells),
      ncm: try Self.ncm(cells), category: try cells.text(.category, limit: 200),
      minimum: try cells.decimal(.minimumStock, as: Quantity.self), isActive: try cells.flag(.isActive),
      quantity: firstStock == .ignored ? nil : try cells.decimal(.quantity, as: Quantity.self),
      unitCost: try cells.decimal(.unitCost, as: UnitValue.self),
      location: try cells.text(.location, limit: 60))
    if line.minimum?.isNegative ?? false { throw .negative(.minimumStock) }
    if line.quantity?.isNegative ?? false { throw .negative(.quantity) }
    if line.unitCost?.isNegative ?? false { throw .negative(.unitCost) }
    return line
  }

  private static func gtin(_ cells: LineCells) throws(LineFault) -> String? {
    guard let text = try cells.text(.gtin, limit: 60) else { return nil }
    do { return try GTIN.declared(text)?.text } catch { throw .identifier(.gtin, error.explanation) }
  }

  private static func ncm(_ cells: LineCells) throws(LineFault) -> String? {
    guard let text = try cells.text(.ncm, limit: 60) else { return nil }
    do { return try NCM(String(text.filter { $0 != "." })).text } catch {
      throw .identifier(.ncm, error.explanation)
    }
  }

  func plan(_ lines: [NumberedLine<Line>], in chunk: ChunkContext) throws -> [LinePlan] {
    let session = chunk.session
    var products = try session.lockProducts(codes: Set(lines.map(\.content.code))).mapValues(\.details)
    let categories = try session.categories(named: Set(lines.compactMap(\.content.category)))
    var changed: Set<String> = []
    var plans = try lines.map { line in
      let line = line.content
      if line.quantity != nil, try chunk.location(line.location) == nil {
        return LinePlan(.unknownLocation(line.location ?? chunk.options.location))
      }
      let before = products[line.code]
      guard let name = line.name ?? before?.name else { return LinePlan(.missing(.name)) }
      var details = before ?? Product.Details(code: line.code, name: name)
      details.name = name
      if let unit = line.unit { details.unit = unit }
      if let gtin = line.gtin { details.gtin = gtin }
      if let ncm = line.ncm { details.ncm = ncm }
      if let category = line.category { details.category = categories[category] }
      if let minimum = line.minimum { details.minimum = minimum }
      if let isActive = line.isActive { details.isActive = isActive }
      let effect: ImportSuccess.Effect = before == nil ? .added : details == before ? .unchanged : .changed
      if effect != .unchanged {
        products[line.code] = details
        changed.insert(line.code)
      }
      return LinePlan(Product.ID(rawValue: 0), effect)
    }
    try session.storeProducts(changed.compactMap { products[$0] }, at: chunk.moment)
    let ids = try session.productIDs(codes: products.keys)
    for (index, line) in lines.enumerated() where plans[index].fault == nil {
      plans[index].product = ids[line.content.code].unsafelyUnwrapped  // it was stored or locked above
    }
    try planStock(lines, &plans, chunk)
    return plans
  }

  /// Adds the adjustments that bring the stock to what the lines say.
  private func planStock(
    _ lines: [NumberedLine<Line>], _ plans: inout [LinePlan], _ chunk: ChunkContext
  ) throws {
    let counted = lines.indices.filter { lines[$0].content.quantity != nil && plans[$0].fault == nil }
    if counted.isEmpty { return }
    var present = try chunk.session.stock(of: Set(counted.map { plans[$0].product }))
    for index in counted {
      let line = lines[index].content
      guard let location = try chunk.location(line.location), let quantity = line.quantity else { continue }
      let place = StockedPlace(product: plans[index].product, location: location)
      if firstStock == .first, present[place] != nil { continue }
      do throws(DecimalError) {
        let difference = try quantity - (present[place] ?? .zero)
        present[place] = quantity
        if difference.isZero { continue }
        var cost: Money?
        if let unitCost = line.unitCost, !difference.isNegative { cost = try Money(difference, at: unitCost) }
        plans[index].draft = MovementDraft(
          .adjustment, of: place.product, difference, at: location, cost: cost, happenedAt: chunk.moment,
          note: firstStock == .first ? "estoque inicial" : "contagem importada")
      } catch { plans[index] = LinePlan(.number(.quantity, quantity.brazilian, error.explanation)) }
    }
  }
}

/// A product at a place.
struct StockedPlace: Hashable {
  let product: Product.ID
  let location: Location.ID
}

extension Session {
  /// How much there is of products at each place where they ever were.
  fileprivate func stock(of products: Set<Product.ID>) throws -> [StockedPlace: Quantity] {
    let rows = try query(
      in: products, { "SELECT product, location, quantity FROM stock WHERE product IN (\($0))" }
    ) { row in (StockedPlace(product: try row[0], location: try row[1]), try row[2] as Quantity) }
    return Dictionary(rows) { $1 }
  }
}
