/// What carries the requests of a ``RequestReply`` to those who serve them, and their replies back.
///
/// It carries, and nothing else: correlation, time-outs, limits and the ledger are above it. A transport with a network sends
/// the port's `id` along with the request, keeps the port by that id until the reply with the same id arrives, and gives
/// those who serve a port of its own that sends the reply. What every transport must do is written down in the conformance suite
/// (`Tests/Core/MessagingConformance`).
public protocol RequestTransport<Request, Response>: AnyObject, Sendable {
  /// What is asked.
  associatedtype Request: Sendable
  /// What is answered.
  associatedtype Response: Sendable

  /// Starts to serve. `accept` returns at once; the reply comes later, through the port.
  /// - Returns: a number for ``stopServing(_:)``.
  func serve(_ accept: @escaping @Sendable (Request, ReplyPort<Response>) -> Void) -> UInt64

  /// Ends what ``serve(_:)`` began; what has been accepted is still answered.
  func stopServing(_ responder: UInt64)

  /// Hands a request to one of those who serve; in turns, if there are several.
  /// - Throws: ``NoResponders`` if nobody serves, ``MessagingClosed``, what the transport throws. There is then no reply.
  nonisolated(nonsending)
    func send(_ request: Request, replyTo port: ReplyPort<Response>) async throws

  /// Takes no more requests; what has been accepted is still answered. Closing twice is harmless.
  func close()
}

/// A request that nobody was there to serve. It went nowhere.
public struct NoResponders: Error, Sendable, Equatable, CustomStringConvertible {
  /// What was asked: `request/reply "prices"`.
  public let subject: String
  /// Creates the error.
  public init(subject: String) { self.subject = subject }
  /// A sentence for people.
  public var description: String { "\(subject): no responders; serve before the first request" }
}
