import RevoadaChannels
import RevoadaScheduling

/// A case of a select that waits at a barrier.
///
/// While the select waits it is one of the parties; if it goes another way, or is cancelled, it leaves without breaking the barrier.
/// If the barrier is broken, the select chooses the case and throws ``BarrierBroken``.
///
/// Should the barrier be about to open when another party's select goes another way, the case is chosen already, and the select
/// goes on to wait as an ordinary party.
public struct Arrive<Output>: SelectCaseSource {
  /// The case.
  public let selectCase: SelectCase<Output>

  /// Ready when all parties wait at `barrier`.
  public init(_ barrier: Barrier, _ handler: @escaping () async throws -> Output) {
    selectCase = barrier.selectCase(handler)
  }
}

extension Barrier {
  fileprivate func selectCase<Output>(_ handler: @escaping () async throws -> Output) -> SelectCase<Output> {
    let arriving = Arriving()
    let waiting = RoomWaiting(
      (room.lock, room.queue),
      attempt: { wake in
        do { try self.validate() } catch {
          arriving.result = .failure(error)
          return true
        }
        let arrival = self.arrive()
        arriving.arrival = arrival
        if case .completes = arrival {
          wake = .call { arriving.result = Result { try self.conclude(arrival, .granted) } }
        }
        return !arrival.waits
      })
    return SelectCase(waiting) {
      if let result = arriving.result {
        _ = try result.get()
      } else if waiting.outcome == .handedOver {
        try await self.wait()
      } else if let arrival = arriving.arrival {
        _ = try self.conclude(arrival, waiting.outcome)
      }
      return try await handler()
    }
  }

  /// What has become of the case. Touched by its select only.
  private final class Arriving: @unchecked Sendable {
    @exclusivity(unchecked) var arrival: Arrival?
    @exclusivity(unchecked) var result: Result<Bool, any Error>?
  }
}
