import RevoadaScheduling

/// Questions and answers: a request is handled by somebody who serves, and its reply comes back to whoever asked.
///
/// ```swift
/// let prices = RequestReply<String, Int>(name: "prices")
/// prices.serve { article in article.count * 100 }
/// let price = try await prices.request("hammer", timeout: .seconds(1))
/// ```
///
/// Requests are handled at the same time, each in a goroutine of its own; each reply finds its request by a correlation id. An
/// error that the handler throws is thrown by the request: the very error within a process, a ``RemoteError`` with its text where it came
/// over a network.
///
/// A request that times out, or whose task is cancelled, stops waiting and nothing else: the handler goes on, as one in another process would.
/// Its reply is then dropped and counted (``RequestStats/lateReplies``). A request that is abandoned before its handler starts is not handled.
///
/// Cost: in memory a goroutine, a wait and, with a time-out, a timer: about 1.5 µs.
public final class RequestReply<Request: Sendable, Response: Sendable>: Sendable {
  /// What carries the requests.
  public let transport: any RequestTransport<Request, Response>
  /// The same, if it is memory: to be called without a suspension.
  private let memory: MemoryRequestTransport<Request, Response>?
  private let subject: String
  private let table = RequestTable()
  private let service: RequestService
  private let instruments: RequestInstruments

  /// Requests within this process.
  /// - Parameter name: for errors, metrics and logs.
  public convenience init(name: String? = nil) {
    self.init(name: name, transport: MemoryRequestTransport(name: name))
  }

  /// Requests by way of `transport`, which is closed when this object is closed or released.
  public init(name: String? = nil, transport: any RequestTransport<Request, Response>) {
    subject = requestSubject(name)
    self.transport = transport
    memory = transport as? MemoryRequestTransport<Request, Response>
    instruments = RequestInstruments(name: name)
    service = RequestService(subject: subject, instruments: instruments)
  }

  deinit { closeNow() }

  /// What has become of the requests that were made through this object; a snapshot.
  public var stats: RequestStats { table.stats }
  /// The requests that are being handled through this object, waiting ones included; a snapshot.
  public var handling: Int { service.active }

  // MARK: Serving

  /// Handles requests from now on, until it is stopped or everything is closed. Returns at once.
  ///
  /// Several handlers take turns.
  ///
  /// - Parameters:
  ///   - limit: how many requests are handled at the same time; others wait in the order of their arrival. nil for no limit.
  ///   - handler: answers a request, or throws. It is not cancelled with the requester.
  /// - Returns: a way to stop; may be dropped. For a limit below 1 every request throws `InvalidSetting`.
  @discardableResult
  public func serve(
    limit: Int? = nil, _ handler: @escaping @Sendable (Request) async throws -> Response
  ) -> Responder {
    let (transport, service) = (transport, service)
    let slots = limit.map { service.slots($0) }
    let id = transport.serve { request, port in
      service.handle(port, slots) {
        do { return .success(try await handler(request)) } catch { return .failure(error) }
      }
    }
    instruments.serving()
    return Responder { transport.stopServing(id) }
  }

  // MARK: Asking

  /// Asks, and suspends until the reply comes.
  ///
  /// Cancelling the task ends the wait; so does the time-out. Both leave the handler alone.
  ///
  /// - Parameters:
  ///   - request: what is asked.
  ///   - timeout: how long to wait for the reply; nil for ever. Zero or less gives up at once, if there is no reply by then.
  /// - Returns: the reply.
  /// - Throws: ``NoResponders``, at once; `TimedOut`; ``MessagingClosed``; the handler's error; `CancellationError` only
  ///   if the *calling* task is cancelled (a handler's own arrives as a ``RemoteError``).
  nonisolated(nonsending)
    public func request(_ request: Request, timeout: Duration? = nil) async throws -> Response
  {
    guard let id = table.begin() else { throw MessagingClosed(subject: subject) }
    let port = ReplyPort<Response>(id: id, table: table)
    let start = instruments.start()
    do {
      if let memory {
        try memory.sendNow(request, replyTo: port)
      } else {
        try await transport.send(request, replyTo: port)
      }
    } catch {
      table.refuse(port, isUnheard: error is NoResponders)
      instruments.refused(error)
      throw error
    }
    let ending = await table.wait(for: port, timeout: timeout?.nanoseconds)
    instruments.ended(ending, since: start)
    switch ending {
    case .answered: return try port.result.unsafelyUnwrapped.get()
    case .timedOut: throw TimedOut(limit: timeout ?? .zero)
    case .cancelled: throw CancellationError()
    }
  }

  // MARK: Ending

  /// Takes no more requests, and suspends until those that are being handled here are answered.
  ///
  /// Later requests throw ``MessagingClosed``. Where the calling task is cancelled, `close` returns earlier; everything accepted is
  /// answered even so. Closing twice is harmless.
  nonisolated(nonsending)
    public func close() async
  {
    closeNow()
    await service.waitUntilIdle()
  }

  private func closeNow() {
    if !table.close() { return }
    transport.close()
    instruments.closed(table.stats)
  }
}

/// Those who serve, until they stop.
public struct Responder: Sendable {
  private let stopServing: @Sendable () -> Void
  init(_ stop: @escaping @Sendable () -> Void) { stopServing = stop }

  /// Handles no more requests; what is being handled is answered. Later calls do nothing.
  public func stop() { stopServing() }
}
