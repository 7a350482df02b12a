import CPostgreSQL
import Foundation
import RevoadaScheduling

/// Stops what a connection's server process is doing. Lives as long as anybody may want that.
final class PostgresCanceller: @unchecked Sendable {  // constant, and PQcancel may be called by any thread
  private let handle: OpaquePointer

  init?(_ connection: OpaquePointer) {
    guard let handle = PQgetCancel(connection) else { return nil }
    self.handle = handle
  }
  deinit { PQfreeCancel(handle) }

  /// Asks the server once; blocks until it has taken note.
  func cancelNow() {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { message in
      _ = PQcancel(handle, message.baseAddress, 256)
    }
  }

  /// Asks the server until the session has ended, in the background.
  ///
  /// More than once, since a request that comes before its statement is ignored. When asking does not help, as the server or the network does not
  /// answer, the socket is shut down: the waiting call then ends with an error.
  func cancel(_ session: UInt64, of interruption: Interruption, socket: Int32) {
    spawn(name: "postgres cancel") { [self] in
      for pause in [0, 20, 100, 400] as [Int64] {
        try await sleep(for: .milliseconds(pause))
        if !interruption.whileRunning(session, {}) { return }
        spawn(name: "postgres cancel request") { try await offload { self.cancelNow() } }
      }
      try await sleep(for: .milliseconds(1500))
      // Under the lock of the interruption: while the session runs, the socket is open and is its.
      interruption.whileRunning(session) { shutdown(socket, Int32(SHUT_RDWR)) }
    }
  }
}
