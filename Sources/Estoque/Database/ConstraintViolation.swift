/// A constraint of the schema that does not hold.
public struct ConstraintViolation: Sendable, Equatable {
  /// The kinds of constraints.
  public enum Kind: Sendable, Equatable {
    /// A unique constraint, a unique index or a primary key.
    case unique
    /// A foreign key, in either direction.
    case foreignKey
    /// A check.
    case check
    /// A column that must have a value.
    case notNull
    /// An exclusion (PostgreSQL only).
    case exclusion
  }

  /// What kind of constraint it is.
  public let kind: Kind
  /// The constraint's name, the same in both databases: of a check the name it was given, of a unique index the index's, of an unnamed unique
  /// constraint `table_column_key` and of a primary key `table_pkey`. Nil if the database does not tell: SQLite does not for foreign keys.
  public let name: String?
  /// The table, where the database tells.
  public let table: String?
  /// The columns, where the database tells: SQLite for unique constraints, both for missing values.
  public let columns: [String]

  init(_ kind: Kind, name: String? = nil, table: String? = nil, columns: [String] = []) {
    self.kind = kind
    self.name = name
    self.table = table
    self.columns = columns
  }
}
