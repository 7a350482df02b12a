import RevoadaScheduling

/// Hands lines to a text stream, one task at a time and without a lock: the stream is a user's.
final class LineStream<Stream: TextOutputStream & SendableMetatype>: @unchecked Sendable {
  // `stream` is touched only by the task that has set `isWriting`.
  private var stream: Stream
  private let state = Guarded(State())

  private struct State {
    var waiting: [String] = []
    var lost = 0
    var isWriting = false
  }

  private static var limit: Int { 10_000 }

  init(_ stream: sending Stream) { self.stream = stream }

  func write(_ line: String) {
    let isMine = state.withLock { state in
      if state.waiting.count < Self.limit { state.waiting.append(line) } else { state.lost += 1 }
      if state.isWriting { return false }
      state.isWriting = true
      return true
    }
    guard isMine else { return }
    while let (lines, lost) = state.withLock({ Self.take(&$0) }) {
      for line in lines { stream.write(line) }
      if lost > 0 { stream.write("(\(lost) lines of this log were lost)\n") }
    }
  }

  private static func take(_ state: inout State) -> (lines: [String], lost: Int)? {
    if state.waiting.isEmpty {
      state.isWriting = false
      return nil
    }
    defer { (state.waiting, state.lost) = ([], 0) }
    return (state.waiting, state.lost)
  }
}
