import EstoqueDatabase

/// The conditions of a list, and the values that they bind.
public struct Conditions: Sendable {
  /// What stands behind `WHERE`.
  public private(set) var sql: SQL = "TRUE"
  /// The values of `?1`, `?2`, …
  public private(set) var values: [SQLValue] = []

  /// Creates no condition.
  public init() {}

  /// Binds a value: its placeholder.
  public mutating func bind(_ value: some SQLConvertible) -> SQL {
    values.append(value.sqlValue)
    return SQL(verbatim: "?\(values.count)")
  }

  /// Adds a condition.
  public mutating func add(_ condition: SQL) { sql = "\(sql) AND \(condition)" }

  /// Adds a condition on a value, unless there is none.
  public mutating func add<Value: SQLConvertible>(_ value: Value?, _ condition: (SQL) -> SQL) {
    if let value { add(condition(bind(value))) }
  }

  /// Adds a condition for each word of a text: it stands in a column of folded texts, in any place.
  public mutating func add(search text: String, in column: SQL) {
    for word in Product.Details.folded(text).split(whereSeparator: \.isWhitespace).prefix(8) {
      // What means something in a `LIKE` means itself.
      let escaped = String(word.flatMap { "!%_".contains($0) ? ["!", $0] : [$0] })
      add("\(column) LIKE \(bind("%\(escaped)%")) ESCAPE '!'")
    }
  }
}
