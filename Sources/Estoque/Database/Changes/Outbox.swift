import RevoadaScheduling

/// What has changed here and the other instances do not know yet.
///
/// It is told after the commit and not in the transaction, although a process that is killed in between then tells nobody: PostgreSQL lets
/// transactions that notify commit only one after the other, each with its own wait for the disk (measured with 16 clients: 4,800 instead of
/// 12,100 commits a second). What is lost so is stale for as long as caches keep anything, and nothing else.
///
/// One message is under way at a time; what comes meanwhile is gathered for the next one, so that however much is changed costs few
/// messages, and a single change goes at once.
final class Outbox: Sendable {
  private struct State {
    var waiting = Changes()
    var sender: Goroutine<Void>?
    var isClosed = false
  }
  private let state = Guarded(State())

  /// Adds changes; `send` is started if it does not run.
  func add(_ changes: Changes, _ send: @escaping @Sendable () async -> Void) {
    state.withLock { state in
      if state.isClosed { return }
      state.waiting.formUnion(changes)
      // More than anybody wants to read one by one.
      if state.waiting.rows.count > 20_000 { state.waiting = .unknown }
      if state.sender == nil { state.sender = spawn(name: "notify") { await send() } }
    }
  }

  /// What is to be told now; nil if nothing is, and then the sender has ended.
  func take() -> Changes? {
    state.withLock { state in
      if state.waiting.isEmpty {
        state.sender = nil
        return nil
      }
      defer { state.waiting = Changes() }
      return state.waiting
    }
  }

  /// Takes back what could not be told.
  /// - Returns: whether there is a next time.
  func putBack(_ changes: Changes) -> Bool {
    state.withLock { state in
      if !state.isClosed { state.waiting.formUnion(changes) }
      return !state.isClosed
    }
  }

  /// Waits, not for long, until all is told; nothing is taken any more.
  func close() async {
    let sender = state.withLock { state in
      state.isClosed = true
      return state.sender
    }
    guard let sender else { return }
    do { try await withTimeout(.seconds(2)) { _ = await sender.ending } } catch { sender.cancel() }
  }
}

extension Database {
  /// The channel of `NOTIFY`; the messages on it are read by ``ChangeMessage/init(_:)``.
  static let channel = "estoque"

  /// Tells the other instances, soon. Of a file of SQLite they find out by themselves.
  func tellOthers(_ changes: Changes) {
    if dialect == .sqlite || changes.isEmpty { return }
    outbox.add(changes) { [self] in await send() }
  }

  private func send() async {
    while let changes = outbox.take() {
      let texts = ChangeMessage(sender: instance, changes: changes).texts
      do {
        try await perform(.none) { session in
          for text in texts { try session.execute("SELECT pg_notify(?1, ?2)", Self.channel, text) }
        }
      } catch {
        // The database is away, most likely.
        if !outbox.putBack(changes) { return }
        try? await sleep(for: .seconds(1))
      }
    }
  }
}
