import CPostgreSQL
import Foundation

/// What libpq's results tell.
enum PostgresResult {
  /// How many rows a statement has changed.
  static func changedRows(_ result: OpaquePointer) -> Int {
    // A query counts its rows there too.
    let tag = String(cString: PQcmdStatus(result))
    return tag.hasPrefix("SELECT") || tag.hasPrefix("FETCH")
      ? 0 : Int(String(cString: PQcmdTuples(result))) ?? 0
  }

  /// Makes an error of a report of the server, or of the connection's end.
  static func error(_ result: OpaquePointer?, _ connection: OpaquePointer, isCommitting: Bool)
    -> DatabaseError
  {
    func field(_ code: Character) -> String? {
      PQresultErrorField(result, Int32(code.asciiValue ?? 0)).map { String(cString: $0) }
    }
    guard result != nil, let state = field("C") else {  // PG_DIAG_SQLSTATE
      // Where sending fails, libpq has an error but has not noticed yet that the connection is no more.
      let isBroken = PQstatus(connection) != CONNECTION_OK || hasGoodbye(connection)
      return DatabaseError(
        !isBroken ? .other : isCommitting ? .outcomeUnknown : .connectionLost,
        isBroken ? "the connection to the server broke" : "the server's answer was not understood")
    }
    let message = field("M") ?? ""  // PG_DIAG_MESSAGE_PRIMARY
    let kind = kind(
      of: state, isCommitting: isCommitting, message: message,
      // PG_DIAG_CONSTRAINT_NAME, _TABLE_NAME, _COLUMN_NAME
      name: field("n"), table: field("t"), columns: field("c").map { [$0] } ?? [])
    if kind == .diskFull { return .full(at: message, code: state) }
    // Messages about data quote the data.
    let text =
      state.hasPrefix("22") ? "the server does not accept a value, or cannot compute with it" : message
    return DatabaseError(kind, text, code: state)
  }

  /// Whether the server has hung up or said something unasked, which is its good-bye, or so rare that a new connection does not matter.
  static func hasGoodbye(_ connection: OpaquePointer) -> Bool {
    var descriptor = pollfd(fd: PQsocket(connection), events: Int16(POLLIN), revents: 0)
    return poll(&descriptor, 1, 0) != 0
  }

  /// The SQLSTATEs of PostgreSQL's appendix A.
  private static func kind(
    of state: String, isCommitting: Bool, message: String, name: String?, table: String?, columns: [String]
  ) -> DatabaseError.Kind {
    func violation(_ kind: ConstraintViolation.Kind) -> DatabaseError.Kind {
      .constraint(ConstraintViolation(kind, name: name, table: table, columns: columns))
    }
    switch state {
    case "23505": return violation(.unique)
    case "23503", "23001": return violation(.foreignKey)
    case "23514": return violation(.check)
    case "23502": return violation(.notNull)
    case "23P01": return violation(.exclusion)
    case "40001": return .serializationFailure
    case "40P01": return .deadlock
    case "55P03": return .busy
    case "57014": return .interrupted
    case "57P01", "57P02", "57P05": return isCommitting ? .outcomeUnknown : .connectionLost
    case "57P03", "53300": return .unreachable
    case "53100": return .diskFull
    case "25006": return .readOnly
    case "25P02": return .transactionAborted
    case "26000": return .staleStatement
    case "0A000": return message.contains("cached plan") ? .staleStatement : .unsupported
    case "42501": return .notPermitted
    case "58030": return .inputOutput
    default: break
    }
    switch state.prefix(2) {
    case "08": return isCommitting ? .outcomeUnknown : .connectionLost
    case "22": return .data
    case "28": return .notPermitted
    case "42", "3F", "3D": return .syntax
    case "XX": return .corrupt
    default: return .other
    }
  }
}
