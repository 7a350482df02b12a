import CPostgreSQL

/// Rows that have all come.
final class PostgresRows: Cursor {
  private let result: OpaquePointer
  private let count: Int32
  private var position: Int32 = -1

  init(_ result: OpaquePointer) {
    self.result = result
    count = PQntuples(result)
  }

  func next() throws(DatabaseError) -> Bool {
    position += 1
    return position < count
  }
  var row: Row { Row(.postgres(result, position)) }
  func close() { PQclear(result) }
}

/// Rows that come one by one, as they are asked for: the server waits while its socket is full.
final class PostgresStream: Cursor {
  private let connection: PostgresConnection
  private var result: OpaquePointer?
  private var hasEnded = false

  init(_ connection: PostgresConnection) { self.connection = connection }

  func next() throws(DatabaseError) -> Bool {
    PQclear(result)
    result = nil
    if hasEnded { return false }
    let next: OpaquePointer
    do throws(DatabaseError) { next = try connection.check(PQgetResult(connection.handle)) } catch {
      drain()
      throw error
    }
    if PQresultStatus(next) == PGRES_SINGLE_TUPLE {
      result = next
      return true
    }
    PQclear(next)
    drain()
    return false
  }

  var row: Row { Row(.postgres(result!, 0)) }  // only asked for after `next` has returned true

  /// Before the end, what is still to come is cancelled, and what is on its way is read away.
  func close() {
    PQclear(result)
    result = nil
    // A connection whose session was cancelled is closed anyway.
    if !hasEnded, !connection.interruption.isCancelled {
      if PQtransactionStatus(connection.handle) == PQTRANS_ACTIVE { connection.canceller.cancelNow() }
      drain()
    }
  }

  private func drain() {
    while let rest = PQgetResult(connection.handle) { PQclear(rest) }
    hasEnded = true
  }
}
