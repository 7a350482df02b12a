import CPostgreSQL
import Foundation

/// Connecting step by step, so that a cancellation need not wait for a server that does not answer.
struct PostgresConnecting {
  let address: PostgresAddress

  init(_ address: PostgresAddress) { self.address = address }

  func connect(_ isCancelled: () -> Bool) throws(DatabaseError) -> OpaquePointer {
    let parameters = Array(address.parameters)
    let handle = withStrings(parameters.map(\.key)) { keywords in
      withStrings(parameters.map(\.value)) { values in PQconnectStartParams(keywords, values, 0) }
    }
    guard let handle else { throw DatabaseError(.unreachable, "out of memory") }
    do throws(DatabaseError) {
      try finish(handle, isCancelled)
      return handle
    } catch {
      PQfinish(handle)
      throw error
    }
  }

  private func finish(_ handle: OpaquePointer, _ isCancelled: () -> Bool) throws(DatabaseError) {
    var steps = address.connectTimeout * 20
    var wanted = PGRES_POLLING_WRITING
    while PQstatus(handle) != CONNECTION_BAD {
      if wanted == PGRES_POLLING_OK { return }
      if wanted == PGRES_POLLING_FAILED { break }
      var descriptor = pollfd(
        fd: PQsocket(handle), events: Int16(wanted == PGRES_POLLING_READING ? POLLIN : POLLOUT), revents: 0)
      let ready = poll(&descriptor, 1, 50)
      if isCancelled() { throw DatabaseError(.interrupted, "connecting was cancelled") }
      if ready > 0 {
        wanted = PQconnectPoll(handle)
        continue
      }
      steps -= 1
      if steps == 0 {
        throw DatabaseError(
          .unreachable, "no answer within \(address.connectTimeout) s from \(address)")
      }
    }
    throw failure(handle)
  }

  /// libpq's message names host and user, never the password.
  private func failure(_ handle: OpaquePointer) -> DatabaseError {
    let message = String(cString: PQerrorMessage(handle)).trimmingCharacters(in: .whitespacesAndNewlines)
    let isRefused = message.contains("authentication failed") || message.contains("no password supplied")
    return DatabaseError(isRefused ? .notPermitted : .unreachable, message)
  }
}

/// Calls `body` with an array of C strings that ends with a null.
func withStrings<R>(_ strings: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> R) -> R {
  let copies = strings.map { strdup($0) }
  defer { for copy in copies { free(copy) } }
  let pointers = copies.map { UnsafePointer($0) } + [nil]
  return pointers.withUnsafeBufferPointer { body($0.baseAddress!) }
}
