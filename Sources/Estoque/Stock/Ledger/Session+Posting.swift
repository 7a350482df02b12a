import EstoqueDatabase
import EstoqueDomain

extension Session {
  /// Posts movements, all or none: the only way in which stock changes.
  ///
  /// The balances of all products concerned are locked in one order, so that postings at the same time neither lose an
  /// update nor wait for each other in a circle. Each movement gets the balance after it.
  ///
  /// - Parameters:
  ///   - drafts: in the order in which they happen.
  ///   - origin: where they come from.
  ///   - negative: what to do when there is less than goes.
  /// - Returns: the posting's number.
  /// - Throws: ``StockFault``, and then nothing is changed if the transaction ends with it.
  @discardableResult
  public func post(_ drafts: [MovementDraft], from origin: PostingOrigin, negative: NegativeStock) throws
    -> Int64
  {
    try post(each: [drafts], from: origin, negative: negative)[0].get()
  }

  /// Posts several lists of movements, each of them all or none: a fault in one leaves the others alone.
  ///
  /// One statement reads all balances, and one writes them: far quicker than one list after the other, and postings at the same time
  /// cannot wait for each other in a circle, whatever the order of the lists.
  ///
  /// Nothing comes to a place that is out of use, or goes from it, but for reversals: what was posted there before must be undone there.
  ///
  /// - Returns: for each list its posting's number, or why it cannot be posted.
  /// - Throws: ``DatabaseError``, and then the transaction has failed.
  public func post(
    each lists: [[MovementDraft]], from origin: PostingOrigin, negative: NegativeStock
  ) throws -> [Result<Int64, StockFault>] {
    var wanted = Set(lists.joined().map(StockPlace.init))
    let faults = try lockLocations(Set(wanted.map(\.location)))
    func fault(_ drafts: [MovementDraft]) -> StockFault? {
      drafts.lazy.filter { $0.kind != .reversal }.compactMap { faults[$0.location] }.first
    }
    if !faults.isEmpty { wanted = Set(lists.lazy.filter { fault($0) == nil }.joined().map(StockPlace.init)) }
    let places = wanted.sorted()
    var balances = try lockBalances(of: places)
    var lines: [PostedLine] = []
    lines.reserveCapacity(lists.reduce(0) { $0 + $1.count })
    let results: [Result<Int64, StockFault>] = try lists.map { drafts in
      var changed = balances
      do {
        if !faults.isEmpty, let fault = fault(drafts) { throw fault }
        let posted = try apply(drafts, to: &changed, negative)
        let posting = try addPosting(from: origin)
        lines += posted.map { PostedLine(posting: posting, draft: $0, cost: $1, balance: $2) }
        balances = changed
        return .success(posting)
      } catch let fault as StockFault { return .failure(fault) }
    }
    try addMovements(lines)
    try storeBalances(balances, places)
    try moveLots(lines)
    touch(StockTopic.stock)
    for bucket in Set(lines.lazy.map { StockTopic.bucket($0.draft.happenedAt) }) {
      touch(StockTopic.topic(bucket))
    }
    return results
  }

  private func addPosting(from origin: PostingOrigin) throws -> Int64 {
    try value(
      "INSERT INTO posting (origin, posted_at, posted_by) VALUES (?1, ?2, ?3) RETURNING id", origin.name,
      origin.postedAt, origin.user, as: Int64.self
    ).unsafelyUnwrapped  // an INSERT returns its row
  }

  private func apply(
    _ drafts: [MovementDraft], to balances: inout [StockPlace: StockBalance], _ negative: NegativeStock
  ) throws -> [(MovementDraft, Money, Quantity)] {
    var lines: [(MovementDraft, Money, Quantity)] = []
    lines.reserveCapacity(drafts.count)
    for var draft in drafts {
      // What comes by a transfer is worth what has just gone by it.
      if draft.kind == .transfer, !draft.quantity.isNegative, draft.cost == nil, let gone = lines.last?.1 {
        draft.cost = try gone.negated
      }
      lines.append(try apply(draft, to: &balances[StockPlace(draft), default: StockBalance()], negative))
    }
    return lines
  }

  private func addMovements(_ lines: [PostedLine]) throws {
    try insertMany(
      into: "movement",
      [
        "posting", "product", "location", "lot", "kind", "quantity", "cost", "balance", "happened_at",
        "reference", "note", "reverses",
      ], lines
    ) { line, row in
      row.write(line.posting)
      row.write(line.draft.product)
      row.write(line.draft.location)
      row.write(line.draft.lot)
      row.write(line.draft.kind.rawValue)
      row.write(line.draft.quantity)
      row.write(line.cost)
      row.write(line.balance)
      row.write(line.draft.happenedAt)
      row.write(line.draft.reference)
      row.write(line.draft.note)
      row.write(line.draft.reverses)
    }
  }

  private func apply(
    _ draft: MovementDraft, to balance: inout StockBalance, _ negative: NegativeStock
  ) throws -> (MovementDraft, Money, Quantity) {
    if draft.quantity.isZero { throw StockFault.zeroQuantity(product: try name(of: draft.product)) }
    let fits =
      switch draft.kind {
      case .receipt: !draft.quantity.isNegative && !(draft.cost?.isNegative ?? false)
      case .issue: draft.quantity.isNegative
      case .adjustment, .transfer, .reversal: true
      }
    if !fits { throw StockFault.wrongSign(product: try name(of: draft.product), kind: draft.kind) }
    let before = balance.quantity
    // What goes takes the average, whatever its document says; only an undone movement takes back exactly what it brought.
    let given = draft.quantity.isNegative && draft.kind != .reversal ? nil : draft.cost
    let cost: Money
    do { cost = try balance.move(draft.quantity, cost: given) } catch {
      throw StockFault.outOfRange(product: try name(of: draft.product))
    }
    if negative == .refused, balance.quantity.isNegative, draft.quantity.isNegative {
      throw StockFault.insufficient(
        product: try name(of: draft.product), available: before, wanted: try draft.quantity.negated)
    }
    return (draft, cost, balance.quantity)
  }

  private func name(of product: Product.ID) throws -> String {
    guard let product = try self.product(product) else { throw StockFault.unknownProduct(product) }
    return product.details.code
  }

  // MARK: Places

  /// Keeps places as they are until the end of the transaction, by the weakest lock that a change of theirs waits for.
  /// - Returns: why goods cannot come to some of them, or go.
  private func lockLocations(_ ids: Set<Location.ID>) throws -> [Location.ID: StockFault] {
    let lock = SQL(sqlite: "", postgres: "FOR KEY SHARE")
    let known = try query(
      in: ids.sorted(), { "SELECT id, code, active FROM location WHERE id IN (\($0)) ORDER BY id \(lock)" }
    ) { row in (id: try row[0] as Location.ID, code: try row[1] as String, isActive: try row[2] as Bool) }
    var faults: [Location.ID: StockFault] = [:]
    for id in ids where !known.contains(where: { $0.id == id }) { faults[id] = .unknownLocation(id) }
    for place in known where !place.isActive { faults[place.id] = .locationClosed(place.code) }
    return faults
  }

  // MARK: Balances

  /// Makes rows for balances that have none, locks all and reads them.
  private func lockBalances(of places: [StockPlace]) throws -> [StockPlace: StockBalance] {
    let new = try insertMany(
      into: "stock", ["product", "location", "quantity", "cost", "unit_cost"], places,
      onConflict: "ON CONFLICT DO NOTHING"
    ) { place, row in
      row.write(place.product)
      row.write(place.location)
      row.write(Quantity.zero)
      row.write(Money.zero)
      row.write(UnitValue.zero)
    }
    if new > 0 { touch(StockTopic.places) }
    var balances: [StockPlace: StockBalance] = [:]
    balances.reserveCapacity(places.count)
    for start in stride(from: 0, to: places.count, by: 256) {
      let chunk = places[start..<min(start + 256, places.count)]
      try readBalances(of: chunk, into: &balances)
    }
    return balances
  }

  private func readBalances(
    of places: ArraySlice<StockPlace>, into balances: inout [StockPlace: StockBalance]
  ) throws {
    // Few different statements, so that they stay prepared: the last place is named again until there are enough.
    var size = 1
    while size < places.count { size *= 2 }
    let padded =
      Array(places) + [StockPlace](repeating: places[places.endIndex - 1], count: size - places.count)
    let rows = try query(
      """
      SELECT product, location, quantity, cost, unit_cost FROM stock
      WHERE (product, location) IN (VALUES \(.pairs(size))) ORDER BY product, location \(.forUpdate)
      """, values: padded.flatMap { [$0.product.sqlValue, $0.location.sqlValue] }
    ) { row in
      (
        StockPlace(product: try row[0], location: try row[1]),
        StockBalance(quantity: try row[2], cost: try row[3], unitCost: try row[4])
      )
    }
    for (place, balance) in rows { balances[place] = balance }
  }

  private func storeBalances(_ balances: [StockPlace: StockBalance], _ places: [StockPlace]) throws {
    try insertMany(
      into: "stock", ["product", "location", "quantity", "cost", "unit_cost"], places,
      onConflict: """
        ON CONFLICT (product, location)
        DO UPDATE SET quantity = excluded.quantity, cost = excluded.cost, unit_cost = excluded.unit_cost
        """
    ) { place, row in
      let balance = balances[place, default: StockBalance()]
      row.write(place.product)
      row.write(place.location)
      row.write(balance.quantity)
      row.write(balance.cost)
      row.write(balance.unitCost)
    }
  }

  private func moveLots(_ lines: [PostedLine]) throws {
    for line in lines {
      guard let lot = line.draft.lot else { continue }
      try execute(
        """
        INSERT INTO lot_stock (lot, location, quantity) VALUES (?1, ?2, ?3)
        ON CONFLICT (lot, location) DO UPDATE SET quantity = lot_stock.quantity + excluded.quantity
        """, lot, line.draft.location, line.draft.quantity)
    }
  }
}

/// A movement with what was computed for it.
private struct PostedLine {
  let posting: Int64
  let draft: MovementDraft
  let cost: Money
  let balance: Quantity
}

/// A product at a place.
struct StockPlace: Hashable, Comparable {
  let product: Product.ID
  let location: Location.ID

  init(product: Product.ID, location: Location.ID) { (self.product, self.location) = (product, location) }
  init(_ draft: MovementDraft) { self.init(product: draft.product, location: draft.location) }

  static func < (left: Self, right: Self) -> Bool {
    (left.product, left.location) < (right.product, right.location)
  }
}

extension SQL {
  /// `(?1, ?2), (?3, ?4), …`, for a `VALUES` of numbers.
  fileprivate static func pairs(_ count: Int) -> SQL {
    // The first pair tells PostgreSQL the types.
    let rest = (1..<max(1, count)).map { "(?\(2 * $0 + 1), ?\(2 * $0 + 2))" }
    return SQL(
      verbatim: (["(CAST(?1 AS BIGINT), CAST(?2 AS BIGINT))"] + rest).joined(separator: ", "))
  }
}
