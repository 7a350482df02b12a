import RevoadaScheduling

/// Where the reply to one request goes.
///
/// Only the first reply counts. One to a request whose requester no longer waits is dropped, and counted as late.
public final class ReplyPort<Response: Sendable>: AnyReplyPort, @unchecked Sendable {
  /// Written before the request counts as answered, by the first reply; read after it.
  @exclusivity(unchecked) var result: Result<Response, any Error>?
  private let forward: (@Sendable (Result<Response, any Error>) -> Void)?

  init(id: UInt64, table: RequestTable) {
    forward = nil
    super.init(id: id, table: table)
  }

  /// A port of a transport, for the side that serves.
  /// - Parameters:
  ///   - id: that of the request.
  ///   - forward: sends the reply to where the request came from. Called once.
  public init(id: UInt64, forward: @escaping @Sendable (Result<Response, any Error>) -> Void) {
    self.forward = forward
    super.init(id: id, table: nil)
  }

  /// Replies with a value or an error.
  /// - Returns: false if the reply was dropped: nobody waits any more, or there was a reply before.
  @discardableResult
  public func reply(_ result: Result<Response, any Error>) -> Bool {
    if let table { return table.answer(self, isFailure: result.isFailure) { self.result = result } }
    let isFirst = takeFirst()
    if isFirst { forward?(result) }
    return isFirst
  }
}

/// What all ports have, whatever their replies: an identity and a state.
public class AnyReplyPort: @unchecked Sendable {
  // Sendable: what changes is protected by the table's lock, or for a port of a transport by `isTaken`.

  /// The request's correlation id; unique among those of one requester.
  public final let id: UInt64
  final let table: RequestTable?
  private let isTaken = Guarded(false)

  /// How a request stands.
  enum Phase: UInt8 {
    case pending
    case answered
    /// The requester has gone: it was cancelled, or its time was over.
    case abandoned
  }
  @exclusivity(unchecked) final var phase = Phase.pending
  /// The waiting requester; valid as long as it is set.
  @exclusivity(unchecked) final var waiter: Waiter?

  init(id: UInt64, table: RequestTable?) {
    self.id = id
    self.table = table
  }

  /// Whether the requester no longer waits: no need to do what it asked for.
  public final var isAbandoned: Bool { table?.isAbandoned(self) ?? false }

  final func takeFirst() -> Bool {
    isTaken.withLock { isTaken in
      defer { isTaken = true }
      return !isTaken
    }
  }
}

extension Result {
  var isFailure: Bool { if case .failure = self { true } else { false } }
}
