import RevoadaChannels
import RevoadaScheduling

/// A case of a select that acquires permits of a semaphore; the handler has them and must release them.
///
/// If the semaphore can never have so many permits, the select chooses the case and throws ``SemaphoreTooSmall``; for a negative
/// number it throws `InvalidSetting`.
public struct Acquire<Output>: SelectCaseSource {
  /// The case.
  public let selectCase: SelectCase<Output>

  /// Ready when `count` permits are free and nobody waits before.
  public init(_ semaphore: Semaphore, _ count: Int = 1, _ handler: @escaping () async throws -> Output) {
    selectCase = semaphore.selectCase(count, handler)
  }
}

extension Semaphore {
  fileprivate func selectCase<Output>(
    _ count: Int, _ handler: @escaping () async throws -> Output
  ) -> SelectCase<Output> {
    let wrong = Result { try check(count) }
    var arrival = Arrival.waits
    let waiting = RoomWaiting(
      (room.lock, room.queue), amount: { count },
      attempt: { _ in
        if case .failure = wrong { return true }
        arrival = self.arrive(count)
        return arrival != .waits
      },
      lost: { self.serveNext() })
    return SelectCase(waiting) {
      try wrong.get()
      try self.conclude(count, arrival, waiting.outcome)
      return try await handler()
    }
  }
}
