/// What transactions have said that they change: what observers of a ``Database`` are told.
public struct Changes: Sendable, Equatable {
  /// Names, as ``Session/touch(_:)-(String)`` was given them.
  public internal(set) var topics: Set<String> = []
  /// Rows that somebody may want to read again.
  public internal(set) var rows: Set<ChangedRow> = []
  /// Whether anything may have changed: another process was at work, and it is not known what it did.
  public internal(set) var isUnknown = false

  /// Nothing.
  public init() {}

  /// Anything at all.
  public static var unknown: Changes {
    var changes = Changes()
    changes.isUnknown = true
    return changes
  }

  /// Whether nothing has changed.
  public var isEmpty: Bool { topics.isEmpty && rows.isEmpty && !isUnknown }

  /// Takes others in.
  public mutating func formUnion(_ others: Changes) {
    topics.formUnion(others.topics)
    rows.formUnion(others.rows)
    isUnknown = isUnknown || others.isUnknown
  }
}

/// A row that a transaction has added or changed.
public struct ChangedRow: Sendable, Hashable {
  /// The table's name.
  public let table: String
  /// The row's number.
  public let id: Int64

  /// Names a row.
  public init(_ table: String, _ id: Int64) { (self.table, self.id) = (table, id) }
}
