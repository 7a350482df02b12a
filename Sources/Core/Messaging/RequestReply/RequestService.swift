import RevoadaResilience
import RevoadaScheduling

/// The handling of requests: a goroutine each, at most so many at a time.
final class RequestService: @unchecked Sendable {  // `handling` is protected by `idle`
  private let subject: String
  private let instruments: RequestInstruments
  /// Who waits until nothing is being handled.
  private let idle = WaitingRoom()
  @exclusivity(unchecked) private var handling = 0

  init(subject: String, instruments: RequestInstruments) {
    self.subject = subject
    self.instruments = instruments
  }

  var active: Int { idle.withLock { handling } }

  /// Places for `limit` requests.
  func slots(_ limit: Int) -> Bulkhead { Bulkhead(name: subject, limit: limit) }

  func handle<Response: Sendable>(
    _ port: ReplyPort<Response>, _ slots: Bulkhead?,
    _ body: @escaping @Sendable () async -> Result<Response, any Error>
  ) {
    idle.withLock { handling += 1 }
    spawn(name: subject) { [self] in
      do {
        if let slots {
          try await slots.execute { await answer(port, body) }
        } else {
          await answer(port, body)
        }
      } catch { port.reply(.failure(error)) }
      end()
    }
  }

  private func answer<Response: Sendable>(
    _ port: ReplyPort<Response>, _ body: @Sendable () async -> Result<Response, any Error>
  ) async {
    if port.isAbandoned { return instruments.skipped() }
    var result = await body()
    // The requester has not been cancelled, so it must not look like that.
    if case .failure(let error) = result, error is CancellationError {
      result = .failure(RemoteError("\(subject): the handler was cancelled"))
    }
    if !port.reply(result) { instruments.late(port.id) }
  }

  private func end() {
    idle.serve { served in
      handling -= 1
      if handling > 0 { return }
      while let node = idle.popFirst() { served.append(node.granted()) }
    }
  }

  nonisolated(nonsending)
    func waitUntilIdle() async
  { _ = await idle.wait { _ in handling == 0 } }
}
