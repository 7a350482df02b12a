import RevoadaScheduling

/// Requests within one process: those who serve are called where the request is made.
public final class MemoryRequestTransport<Request: Sendable, Response: Sendable>: RequestTransport {
  private struct State {
    var responders: [(id: UInt64, accept: @Sendable (Request, ReplyPort<Response>) -> Void)] = []
    var lastID: UInt64 = 0
    var turn = 0
    var isClosed = false
  }
  private let state = Guarded(State())
  private let subject: String

  /// Creates a transport that nobody serves yet.
  /// - Parameter name: for errors.
  public init(name: String? = nil) { subject = requestSubject(name) }

  /// See ``RequestTransport/serve(_:)``.
  public func serve(_ accept: @escaping @Sendable (Request, ReplyPort<Response>) -> Void) -> UInt64 {
    state.withLock { state in
      state.lastID += 1
      state.responders.append((state.lastID, accept))
      return state.lastID
    }
  }

  /// See ``RequestTransport/stopServing(_:)``.
  public func stopServing(_ responder: UInt64) {
    let stopped = state.withLock { state in
      let stopped = state.responders.filter { $0.id == responder }
      state.responders.removeAll { $0.id == responder }
      return stopped
    }
    withExtendedLifetime(stopped) {}  // what its closure keeps is released without the lock
  }

  /// See ``RequestTransport/send(_:replyTo:)``.
  nonisolated(nonsending)
    public func send(_ request: Request, replyTo port: ReplyPort<Response>) async throws
  { try sendNow(request, replyTo: port) }

  func sendNow(_ request: Request, replyTo port: ReplyPort<Response>) throws {
    let (accept, isClosed) = state.withLock { state in
      if state.isClosed || state.responders.isEmpty {
        return (nil as (@Sendable (Request, ReplyPort<Response>) -> Void)?, state.isClosed)
      }
      state.turn = state.turn + 1 < state.responders.count ? state.turn + 1 : 0
      return (state.responders[state.turn].accept, false)
    }
    if isClosed { throw MessagingClosed(subject: subject) }
    guard let accept else { throw NoResponders(subject: subject) }
    accept(request, port)
  }

  /// See ``RequestTransport/close()``.
  public func close() { state.withLock { $0.isClosed = true } }
}

/// How errors call a request/reply.
func requestSubject(_ name: String?) -> String { name.map { "request/reply \"\($0)\"" } ?? "request/reply" }
