extension Session {
  /// The rows of a statement for any number of keys.
  ///
  /// ```swift
  /// let names = try session.query(in: ids, { "SELECT name FROM product WHERE id IN (\($0))" }) { row in
  ///   try row[0] as String
  /// }
  /// ```
  ///
  /// Runs it for groups of at most 256, filled up with the last key to a power of two: so few different statements stay prepared.
  ///
  /// - Parameters:
  ///   - keys: what is looked for.
  ///   - statement: makes the statement of a list of placeholders.
  ///   - decode: makes a value of a row.
  public func query<Value>(
    in keys: some Collection<some SQLConvertible>, _ statement: (SQL) -> SQL,
    decode: (borrowing Row) throws -> Value
  ) throws -> [Value] {
    var found: [Value] = []
    var rest = keys[...]
    while let first = rest.first {
      var group = rest.prefix(256).map(\.sqlValue)
      rest = rest.dropFirst(256)
      let last = group.last ?? first.sqlValue
      while group.count & (group.count - 1) != 0 { group.append(last) }
      found += try query(statement("\(placeholders: 1...group.count)"), values: group, decode: decode)
    }
    return found
  }
}
