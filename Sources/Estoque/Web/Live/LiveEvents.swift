import Revoada

/// Something that browsers are told as it happens.
struct LiveEvent: Sendable {
  let id: Int64
  let name: String
  let data: [UInt8]

  /// As a stream of events has it (HTML, "Server-sent events"). The data is JSON, hence one line.
  var bytes: [UInt8] { Array("id: \(id)\nevent: \(name)\ndata: ".utf8) + data + [10, 10] }
}

/// Sends what happens to everybody who listens. Whoever reads too slowly is disconnected, and reconnects by themselves; nobody else waits for them.
final class LiveEvents: Sendable {
  private static let buffer = 256
  private let events: Broadcaster<LiveEvent>
  private let next: Guarded<Int64>
  private let history: Int
  private let most: Int
  private let changes = Channel<Void>(capacity: 1, overflow: .dropNewest)

  /// - Parameter firstID: above all numbers of the process before, so that who reconnects is told of everything.
  init(history: Int, most: Int, firstID: Int64) {
    events = Broadcaster(history: history, name: "live")
    (self.history, self.most) = (history, most)
    next = Guarded(firstID)
  }

  var listeners: Int { events.subscribers }

  /// Tells everybody; never waits.
  func publish(_ name: String, _ data: JSON) {
    if events.isClosed { return }
    let bytes = data.bytes
    // Numbered and sent in one step, so that the numbers ascend for everybody. No subscription blocks: there is nothing to wait for.
    next.withLock { next in
      next += 1
      var round = BroadcastRound<LiveEvent>()
      _ = events.begin(LiveEvent(id: next, name: name, data: bytes), &round)
    }
  }

  /// Notes that the stock has changed; told a little later, once for all changes until then.
  func stockChanged() { _ = changes.trySend(()) }

  /// Tells of changes of the stock, until the end.
  func run() async throws {
    for try await _ in changes {
      try await sleep(for: .milliseconds(250))
      publish("stock", ["changed": true])
    }
  }

  /// - Parameter last: what the client has seen last, if it reconnects.
  /// - Returns: what it has missed, as far as that is known, and everything from now on.
  func subscribe(after last: Int64?) throws(Problem) -> Subscription<LiveEvent> {
    if events.subscribers >= most { throw .tooMany(.seconds(10)) }
    return events.subscribe(
      buffer: Self.buffer, policy: .disconnect, replay: last == nil ? 0 : history)
  }

  func close() {
    events.close()
    changes.close()
  }
}
