import EstoqueDatabase
import EstoqueStock

/// What is done with the lines of one kind of table.
protocol ImportRecipe: Sendable {
  /// What a line says.
  associatedtype Line: Sendable

  /// Reads a line; without the database, in any goroutine.
  func decode(_ cells: LineCells) throws(LineFault) -> Line

  /// Does everything but the movements, for the lines of one chunk, and says for each line what became of it and which movement it makes. May run
  /// several times, each time with nothing of the earlier attempts in the database.
  func plan(_ lines: [NumberedLine<Line>], in chunk: ChunkContext) throws -> [LinePlan]
}

/// A line that could be read.
struct NumberedLine<Line: Sendable>: Sendable {
  /// Its line in the file.
  let number: Int
  /// Its place in the chunk.
  let index: Int
  let content: Line
}

/// What becomes of a line.
struct LinePlan {
  var product = Product.ID(rawValue: 0)
  var effect = ImportSuccess.Effect.posted
  var fault: LineFault?
  /// The movement that it makes.
  var draft: MovementDraft?

  init(_ product: Product.ID, _ effect: ImportSuccess.Effect, draft: MovementDraft? = nil) {
    (self.product, self.effect, self.draft) = (product, effect, draft)
  }
  init(_ fault: LineFault) { self.fault = fault }
}

/// What a recipe works with: one attempt to commit one chunk.
struct ChunkContext {
  let session: Session
  let memory: ImportMemory
  let options: ImportOptions
  let job: ImportJob.ID
  /// Now.
  let moment: Int64

  /// The place that a line means; nil for one that is not known or not in use.
  func location(_ code: String?) throws -> Location.ID? {
    let code = code ?? options.location
    if let known = memory.location(code) { return known }
    guard
      let id = try session.value(
        "SELECT id FROM location WHERE code = ?1 AND active", code, as: Location.ID.self)
    else { return nil }
    memory.note(location: code, id)
    return id
  }

  /// The numbers of dealers, which are created where they are missing.
  func noteDealers(_ names: Set<String>) throws {
    let missing = names.filter { memory.dealer($0) == nil }.sorted()
    if missing.isEmpty { return }
    try session.insertMany(
      into: "dealer", ["name", "created_at"], missing, onConflict: "ON CONFLICT DO NOTHING"
    ) { name, row in
      row.write(name)
      row.write(moment)
    }
    let rows = try session.query(in: missing, { "SELECT name, id FROM dealer WHERE name IN (\($0))" }) {
      row in
      (try row[0] as String, try row[1] as Int64)
    }
    for (name, id) in rows { memory.note(dealer: name, id) }
  }

  /// The numbers of products; those that are missing are added, if they may be, with the name of the line that has one.
  func noteProducts(_ wanted: some Sequence<(code: String, name: String?)>) throws {
    var names: [String: String?] = [:]
    for (code, name) in wanted where memory.product(code) == nil {
      if let known = names[code], known != nil { continue }
      names.updateValue(name, forKey: code)
    }
    if names.isEmpty { return }
    var known = try session.productIDs(codes: names.keys)
    let missing = names.filter { known[$0.key] == nil }
    if options.addsProducts, !missing.isEmpty {
      let details = missing.map { Product.Details(code: $0.key, name: $0.value ?? $0.key) }
      try session.addMissingProducts(details, at: moment)
      known.merge(try session.productIDs(codes: missing.keys)) { $1 }
    }
    for (code, id) in known { memory.note(product: code, id) }
  }

  /// A lot of a product, which is created if it is missing.
  func lot(_ number: String, of product: Product.ID, expires: String?) throws -> Lot.ID? {
    if let known = memory.lot(number, of: product) { return known }
    let id = try session.value(
      """
      INSERT INTO lot (product, number, expires) VALUES (?1, ?2, ?3)
      ON CONFLICT (product, number) DO UPDATE SET expires = COALESCE(lot.expires, excluded.expires) RETURNING id
      """, product, number, expires, as: Lot.ID.self)
    if let id { memory.note(lot: number, of: product, id) }
    return id
  }
}
