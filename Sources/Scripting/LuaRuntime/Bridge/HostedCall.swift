import LuaShim
import Revoada

/// A call of Swift that may wait, on behalf of a goroutine that waits for it.
///
/// `@unchecked Sendable`: touched in the isolate's turn only.
private final class HostedCall: @unchecked Sendable {
  /// Set when the call ended before the goroutine would have parked.
  var answer: (outcome: rv_outcome, value: ValueBuffer?)?
  var isParked = false
}

extension Isolate {
  /// Runs `body` as a goroutine of Swift in this isolate's turns, at once up to its first suspension.
  ///
  /// When that is its end, the answer comes at once too; else it is `RV_PENDING` and wakes the goroutine later. Unlike a call of
  /// a native function it does not count as activity: when Swift waits for the script, nothing happens.
  ///
  /// - Parameter undo: how the object takes back results that nobody is left to receive; 0 when it need not.
  func host(
    _ name: String, for goroutine: UInt64, object: SharedObject? = nil, undo: Int64 = 0,
    _ body: @escaping @Sendable () async throws -> [LuaValue]
  ) -> (rv_outcome, ValueBuffer?) {
    let call = HostedCall()
    let running = executor.start {
      spawn(name: name) { [self] in
        let (outcome, value) = await evaluate(body)
        if call.isParked {
          let isFine = outcome == RV_VALUES
          complete(
            Completion(
              goroutine: goroutine, outcome: outcome, value: value, object: isFine ? object : nil,
              grant: isFine ? undo : 0, endsHostedCall: true))
        } else {
          call.answer = (outcome, value)
        }
      }
    }
    // Whoever the call has made ready comes before whoever becomes ready from here on.
    runJobs()
    if let answer = call.answer { return answer }
    call.isParked = true
    guard goroutine != 0 else {
      running.cancel()
      let error = LuaError(
        .runtime,
        "cannot wait for \(object?.label ?? "'\(name)'") here: inside a callback of a C function, while a "
          + "goroutine is being closed, or in library code that runs before the script")
      return Isolate.encode(error)
    }
    hosted[goroutine] = running
    return (RV_PENDING, nil)
  }

  private func evaluate(_ body: () async throws -> [LuaValue]) async -> (rv_outcome, ValueBuffer?) {
    do {
      let values = try await body()
      return (RV_VALUES, ValueBuffer.make(try await values.carried(to: self), for: self))
    } catch {
      return Isolate.encode(error)
    }
  }
}
