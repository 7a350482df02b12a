import Revoada

/// Something that browsers are told as it happens.
struct LiveEvent: Sendable {
  /// Which instance tells it, and its number there.
  let origin: String
  let number: Int64
  let name: String
  let data: [UInt8]

  /// As a stream of events has it (HTML, "Server-sent events"). The data is JSON, hence one line.
  var bytes: [UInt8] { Array("id: \(origin)-\(number)\nevent: \(name)\ndata: ".utf8) + data + [10, 10] }
}

/// Sends what happens to everybody who listens. Whoever reads too slowly is disconnected, and reconnects by themselves; nobody else waits for them.
final class LiveEvents: Sendable {
  private static let buffer = 256

  private struct State {
    /// The last event.
    var last: Int64 = 0
    /// Who has seen this event, or a later one, has missed nothing that is not kept.
    var complete: Int64 = 0
  }

  /// What numbers of events belong to: those of another instance, or of the process before, say nothing about what has been missed.
  let origin = String(UInt64.random(in: .min ... .max), radix: 36)
  private let events: Broadcaster<LiveEvent>
  private let state = Guarded(State())
  private let history: Int
  private let most: Int

  init(history: Int, most: Int) {
    events = Broadcaster(history: history, name: "live")
    (self.history, self.most) = (history, most)
  }

  var listeners: Int { events.subscribers }

  /// Tells everybody; never waits.
  func publish(_ name: String, _ data: JSON) {
    if events.isClosed { return }
    let bytes = data.bytes
    // Numbered and sent in one step, so that the numbers ascend for everybody. No subscription blocks: there is nothing to wait for.
    state.withLock { state in
      state.last += 1
      state.complete = max(state.complete, state.last - Int64(history))
      var round = BroadcastRound<LiveEvent>()
      _ = events.begin(LiveEvent(origin: origin, number: state.last, name: name, data: bytes), &round)
    }
  }

  /// Notes that something happens that is told to nobody, if nobody listens: whoever comes back has missed it.
  /// - Returns: whether nobody listens.
  func skip() -> Bool {
    state.withLock { state in
      if events.subscribers > 0 { return false }
      state.last += 1
      state.complete = state.last
      return true
    }
  }

  /// Everything from now on; for a client that reconnects also what it has missed, or, where that is not known, a `reset`: read everything again.
  /// - Parameter last: the id of the event that the client has seen last.
  func subscribe(after last: String?) throws(Problem) -> LiveStream {
    if events.subscribers >= most { throw .tooMany(.seconds(10)) }
    return state.withLock { state in
      guard let last else {
        return LiveStream(first: nil, after: state.last, events: subscription(replay: 0))
      }
      let parts = last.split(separator: "-")
      if parts.count == 2, parts[0] == origin, let number = Int64(parts[1]),
        (state.complete...state.last).contains(number)
      {
        return LiveStream(first: nil, after: number, events: subscription(replay: Int(state.last - number)))
      }
      let reset = LiveEvent(origin: origin, number: state.last, name: "reset", data: JSON.object([]).bytes)
      return LiveStream(first: reset, after: state.last, events: subscription(replay: 0))
    }
  }

  private func subscription(replay: Int) -> Subscription<LiveEvent> {
    events.subscribe(buffer: Self.buffer, policy: .disconnect, replay: replay)
  }

  func close() { events.close() }
}

/// What one client is told.
struct LiveStream: Sendable {
  /// What it is told at once.
  let first: LiveEvent?
  /// The event after which it is told everything.
  let after: Int64
  let events: Subscription<LiveEvent>
}
