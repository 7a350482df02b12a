import EstoqueDatabase

extension Session {
  /// All places, by code.
  public func locations() throws -> [Location] {
    try query("SELECT id, code, name, active FROM location ORDER BY code, id", decode: Self.location)
  }

  /// A place by its number.
  public func location(_ id: Location.ID) throws -> Location? {
    try first("SELECT id, code, name, active FROM location WHERE id = ?1", id, decode: Self.location)
  }

  /// A place by its code.
  public func location(code: String) throws -> Location? {
    try first("SELECT id, code, name, active FROM location WHERE code = ?1", code, decode: Self.location)
  }

  /// Adds a place.
  /// - Throws: ``StockFault/nameTaken(_:)``, ``StockFault/nameless``.
  public func addLocation(code: String, name: String) throws -> Location {
    let (code, name) = (try Self.named(code), try Self.named(name))
    let id = try unique("location_code_key", code) {
      try value(
        "INSERT INTO location (code, name) VALUES (?1, ?2) RETURNING id", code, name, as: Location.ID.self)
    }
    touch(StockTopic.products)
    // An INSERT returns its row.
    return Location(id: id.unsafelyUnwrapped, code: code, name: name, isActive: true)
  }

  /// Changes a place; nil for what stays. A place that has stock, and the only one in use, cannot be taken out of use.
  /// - Throws: ``StockFault``.
  public func changeLocation(
    _ id: Location.ID, code: String? = nil, name: String? = nil, isActive: Bool? = nil
  ) throws -> Location {
    // All are locked, in one order, so that two cannot be the last but one at once.
    let all = try query(
      "SELECT id, code, name, active FROM location ORDER BY id \(.forUpdate)", decode: Self.location)
    guard let old = all.first(where: { $0.id == id }) else { throw StockFault.unknownLocation(id) }
    let new = Location(
      id: id, code: try code.map(Self.named) ?? old.code, name: try name.map(Self.named) ?? old.name,
      isActive: isActive ?? old.isActive)
    if old.isActive, !new.isActive {
      let isEmpty =
        try value(
          "SELECT count(*) FROM stock WHERE location = ?1 AND (quantity <> 0 OR cost <> 0)", id, as: Int.self)
        == 0
      if !isEmpty || all.count(where: \.isActive) == 1 { throw StockFault.locationInUse(old.code) }
    }
    try unique("location_code_key", new.code) {
      _ = try execute(
        "UPDATE location SET code = ?1, name = ?2, active = ?3 WHERE id = ?4", new.code, new.name,
        new.isActive, id)
    }
    touch(StockTopic.products)
    return new
  }

  private static func location(_ row: borrowing Row) throws -> Location {
    Location(id: try row[0], code: try row[1], name: try row[2], isActive: try row[3])
  }
}
