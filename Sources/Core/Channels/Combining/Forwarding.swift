import RevoadaScheduling

extension Channel {
  /// A channel that goroutines fill: a handle that closes it when it is released. See ``fill(name:by:)``.
  @usableFromInline
  static func produced(
    capacity: Int, onUndelivered: ((consuming Element, UndeliveredReason) -> Void)?, name: String,
    by producers: [@Sendable (Channel) async throws -> Void]
  ) -> Channel {
    let output = Channel(capacity: Swift.max(0, capacity), onUndelivered: onUndelivered)
    output.fill(name: name, by: producers)
    return Channel(closingOnRelease: output)
  }

  /// Starts a goroutine for each producer. They are cancelled when the channel is closed, by whomever; it closes when all of them have
  /// ended, or with the error that one of them throws.
  ///
  /// - Parameter producers: each is given the channel, and passes its elements on by ``forward(_:)``.
  func fill(name: String, by producers: [@Sendable (Channel) async throws -> Void]) {
    if producers.isEmpty { close() }
    let left = WorkLeft(producers.count)
    for producer in producers {
      let goroutine = spawn(name: name) {
        do {
          try await producer(self)
        } catch let error where !(error is CancellationError) {
          self.close(throwing: error)
        }
        if left.finishOne() { self.close() }
      }
      whenClosed { goroutine.cancel() }
    }
  }

  /// Passes an element on; false if this channel is closed, and then the element has been counted and reported.
  @inlinable
  nonisolated(nonsending)
    func forward(_ element: consuming sending Element) async -> Bool
  {
    switch await offer(element) {
    case .sent: return true
    case .closed(let element), .cancelled(let element), .full(let element):
      discard(element, .closed)
      return false
    }
  }
}

/// Counts those who are still at work.
private final class WorkLeft: @unchecked Sendable {  // `count` is protected by `lock`
  private let lock = Lock()
  private var count: Int
  init(_ count: Int) { self.count = count }

  /// True for the last.
  func finishOne() -> Bool {
    lock.withLock {
      count -= 1
      return count == 0
    }
  }
}
