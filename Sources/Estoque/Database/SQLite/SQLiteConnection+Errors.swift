import CSQLite
import Foundation

extension SQLiteConnection {
  /// The error that a call has just reported.
  func failure(_ code: Int32, _ statement: String? = nil) -> DatabaseError {
    let message = String(cString: sqlite3_errmsg(handle))
    let kind = kind(of: code, message)
    if kind == .diskFull { return .full(at: fileName, code: "\(code)", statement) }
    return DatabaseError(kind, message, code: "\(code)", statement: statement)
  }

  private var fileName: String { sqlite3_db_filename(handle, "main").map { String(cString: $0) } ?? "" }

  /// Some of SQLite's calls report a full disk as an error of input and output: the shared memory beside the file, for one.
  private var hasNoRoom: Bool { [ENOSPC, EDQUOT].contains(sqlite3_system_errno(handle)) }

  private func kind(of code: Int32, _ message: String) -> DatabaseError.Kind {
    switch code & 0xff {
    case SQLITE_CONSTRAINT: violation(code, message)
    case SQLITE_BUSY, SQLITE_LOCKED: .busy
    case SQLITE_INTERRUPT: .interrupted
    case SQLITE_FULL: .diskFull
    case SQLITE_READONLY: .readOnly
    case SQLITE_IOERR: hasNoRoom ? .diskFull : .inputOutput
    case SQLITE_CORRUPT, SQLITE_NOTADB: .corrupt
    case SQLITE_CANTOPEN: hasNoRoom ? .diskFull : .unreachable
    case SQLITE_PERM, SQLITE_AUTH: .notPermitted
    case SQLITE_TOOBIG, SQLITE_MISMATCH: .data
    case SQLITE_RANGE: .parameters
    case SQLITE_MISUSE: .misuse
    case SQLITE_ERROR: .syntax
    default: .other
    }
  }

  /// SQLite tells what was violated by the message alone: `UNIQUE constraint failed: product.code`.
  private func violation(_ code: Int32, _ message: String) -> DatabaseError.Kind {
    let subject = message.firstRange(of: ": ").map { String(message[$0.upperBound...]) } ?? ""
    let parts = subject.split(separator: ", ").map { $0.split(separator: ".") }
    let (table, columns) = (
      parts.first?.first.map(String.init), parts.compactMap { $0.last.map(String.init) }
    )
    // The extended codes of sqlite3.h, whose macros Swift does not import: 19 | number << 8.
    switch code >> 8 {
    case 1: return .constraint(ConstraintViolation(.check, name: subject))
    case 3: return .constraint(ConstraintViolation(.foreignKey))
    case 5: return .constraint(ConstraintViolation(.notNull, table: table, columns: columns))
    case 6, 8, 10:
      if subject.hasPrefix("index '") {  // an index on an expression is named itself
        let name = String(subject.dropFirst(7).dropLast())
        return .constraint(ConstraintViolation(.unique, name: name))
      }
      let isKey = code >> 8 != 8
      return .constraint(
        ConstraintViolation(
          .unique, name: table.map { uniqueName($0, columns, isPrimaryKey: isKey) }, table: table,
          columns: columns))
    case 12: return .data  // a strict table does not take the value's type
    default: return .other
    }
  }

  /// The name that PostgreSQL would give: the index's, or that of an unnamed constraint.
  private func uniqueName(_ table: String, _ columns: [String], isPrimaryKey: Bool) -> String {
    if isPrimaryKey { return "\(table)_pkey" }
    let index = names(
      """
      SELECT i.name FROM pragma_index_list(?1) AS i
      WHERE i."unique" AND (SELECT group_concat(c.name, ',') FROM pragma_index_info(i.name) AS c) = ?2
      ORDER BY i.origin
      """, table, columns.joined(separator: ",")
    ).first
    guard let index, !index.hasPrefix("sqlite_autoindex_") else {
      return ([table] + columns + ["key"]).joined(separator: "_")
    }
    return index
  }

  /// Asks without the cache, in the middle of another statement's failure.
  private func names(_ text: String, _ parameters: String...) -> [String] {
    var prepared: OpaquePointer?
    guard sqlite3_prepare_v2(handle, text, -1, &prepared, nil) == SQLITE_OK, let prepared else { return [] }
    defer { sqlite3_finalize(prepared) }
    for (index, parameter) in parameters.enumerated() {
      do { try bind(.text(parameter), to: prepared, at: index + 1) } catch { return [] }
    }
    var names: [String] = []
    while sqlite3_step(prepared) == SQLITE_ROW {
      sqlite3_column_text(prepared, 0).map { names.append(String(cString: $0)) }
    }
    return names
  }
}
