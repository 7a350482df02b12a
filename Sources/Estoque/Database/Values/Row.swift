import CPostgreSQL
import CSQLite

/// The row that a statement is at, to be read inside the closure that gets it.
///
/// ```swift
/// let products = try session.query("SELECT id, name FROM product") { row in
///   Product(id: try row[0], name: try row[1])
/// }
/// ```
///
/// The type that is asked for decides: nothing is boxed and nothing is looked up by name.
public struct Row: ~Copyable {
  enum Source {
    case sqlite(OpaquePointer)
    case postgres(OpaquePointer, Int32)
  }
  let source: Source

  init(_ source: Source) { self.source = source }

  /// The value in a column, counted from 0.
  /// - Throws: ``DatabaseError`` of kind `decoding`: it is NULL, of another type, or there is no such column.
  public subscript<Value: SQLConvertible>(column: Int) -> Value {
    get throws(DatabaseError) { try Value.decode(self, column) }
  }

  /// The number of columns.
  public var count: Int {
    switch source {
    case .sqlite(let statement): Int(sqlite3_column_count(statement))
    case .postgres(let result, _): Int(PQnfields(result))
    }
  }

  /// The name of a column; empty if there is no such one.
  public func name(_ column: Int) -> String {
    let name =
      switch source {
      case .sqlite(let statement): sqlite3_column_name(statement, Int32(clamping: column))
      case .postgres(let result, _): UnsafePointer(PQfname(result, Int32(clamping: column)))
      }
    return name.map { String(cString: $0) } ?? ""
  }

  /// Whether there is no value; also true for a column that does not exist.
  public func isNull(_ column: Int) -> Bool {
    switch source {
    case .sqlite(let statement): sqlite3_column_type(statement, Int32(clamping: column)) == SQLITE_NULL
    case .postgres(let result, let row):
      column < 0 || column >= Int(PQnfields(result)) || PQgetisnull(result, row, Int32(column)) == 1
    }
  }

  /// The error of a column that does not hold what was asked for; for ``SQLConvertible`` of one's own types.
  public func mismatch(_ column: Int, expected: String) -> DatabaseError {
    let found =
      column < 0 || column >= count
      ? "there is no such column" : isNull(column) ? "it is NULL" : "it holds something else"
    return DatabaseError(
      .decoding, "column \(column) (\(name(column))) was read as \(expected), but \(found)")
  }
}
