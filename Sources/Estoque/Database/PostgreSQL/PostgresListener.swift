import CPostgreSQL
import Foundation
import RevoadaScheduling

/// A connection that does nothing but hear what other instances say.
final class PostgresListener: Sendable {
  private let connection: PostgresConnection
  /// Whether the socket is still the connection's, so that it may be shut down; and whether somebody wants that.
  private let state = Guarded((isOpen: true, isStopped: false))

  init(_ connection: PostgresConnection) { self.connection = connection }

  /// Hears from now on what is said on a channel; blocks.
  func listen(to channel: String) throws {
    try connection.run(script: SQL(verbatim: "LISTEN \(quoted(channel))"))
  }

  /// What has been said; blocks until something is.
  /// - Throws: ``DatabaseError`` when the connection breaks; `CancellationError` after ``stop()``.
  func next() throws -> [String] {
    while true {
      var texts: [String] = []
      while let notice = PQnotifies(connection.handle) {
        texts.append(String(cString: notice.pointee.extra))
        PQfreemem(notice)
      }
      if !texts.isEmpty { return texts }
      if state.withLock(\.isStopped) { throw CancellationError() }
      var descriptor = pollfd(fd: PQsocket(connection.handle), events: Int16(POLLIN), revents: 0)
      _ = poll(&descriptor, 1, -1)
      if PQconsumeInput(connection.handle) == 0 {
        if state.withLock(\.isStopped) { throw CancellationError() }
        throw connection.failure(nil)
      }
    }
  }

  /// Ends ``next()``, from any thread.
  func stop() {
    state.withLock { state in
      state.isStopped = true
      if state.isOpen { shutdown(PQsocket(connection.handle), Int32(SHUT_RDWR)) }
    }
  }

  /// Ends the connection; nobody may be in ``next()``.
  func close() {
    state.withLock { $0.isOpen = false }
    connection.close()
  }
}
