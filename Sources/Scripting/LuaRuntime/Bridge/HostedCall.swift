import LuaShim
import Revoada

/// A call of Swift that may wait, on behalf of a goroutine that waits for it.
///
/// `@unchecked Sendable`: touched in the isolate's turn only.
private final class HostedCall: @unchecked Sendable {
  /// Set when the call ended before the goroutine would have parked.
  var end: (outcome: rv_outcome, value: ValueBuffer?, answer: HostedAnswer?)?
  var isParked = false
}

/// What such a call came to.
struct HostedAnswer {
  var values: [LuaValue]
  /// Takes the values back, as the method numbered `undo` says, when nobody is left to receive them; 0 when it need not.
  var object: SharedObject?
  var undo: Int64 = 0
  /// The case of a select.
  var index: Int32 = 0
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
    let end = run(name, for: goroutine) {
      HostedAnswer(values: try await body(), object: object, undo: undo)
    }
    if let end { return (end.outcome, end.value) }
    guard goroutine == 0 else { return (RV_PENDING, nil) }
    let error = LuaError(
      .runtime,
      "cannot wait for \(object?.label ?? "'\(name)'") here: inside a callback of a C function, while a "
        + "goroutine is being closed, or in library code that runs before the script")
    return Isolate.encode(error)
  }

  /// The same for a select: nil when it waits, or has nothing to answer because another case was served.
  func host(
    _ name: String, for goroutine: UInt64, _ body: @escaping @Sendable () async throws -> HostedAnswer?
  ) -> (answer: (rv_outcome, ValueBuffer?), index: Int32)? {
    guard let end = run(name, for: goroutine, body), end.outcome != RV_NONE else { return nil }
    return ((end.outcome, end.value), end.answer?.index ?? 0)
  }

  /// Nil while it waits; for nobody it does not wait.
  private func run(
    _ name: String, for goroutine: UInt64, _ body: @escaping @Sendable () async throws -> HostedAnswer?
  ) -> (outcome: rv_outcome, value: ValueBuffer?, answer: HostedAnswer?)? {
    let call = HostedCall()
    let running = executor.start {
      spawn(name: name) { [self] in
        let end = await evaluate(body)
        if !call.isParked {
          call.end = end
        } else if end.outcome != RV_NONE {
          complete(
            Completion(
              goroutine: goroutine, outcome: end.outcome, value: end.value, object: end.answer?.object,
              grant: end.answer?.undo ?? 0, index: end.answer?.index ?? 0, endsHostedCall: true))
        }
      }
    }
    // Whoever the call has made ready comes before whoever becomes ready from here on.
    runJobs()
    if let end = call.end { return end }
    call.isParked = true
    if goroutine == 0 { running.cancel() } else { hosted[goroutine] = running }
    return nil
  }

  private func evaluate(_ body: () async throws -> HostedAnswer?) async -> (
    outcome: rv_outcome, value: ValueBuffer?, answer: HostedAnswer?
  ) {
    do {
      guard let answer = try await body() else { return (RV_NONE, nil, nil) }
      return (RV_VALUES, ValueBuffer.make(try await answer.values.carried(to: self), for: self), answer)
    } catch {
      let (outcome, value) = Isolate.encode(error)
      return (outcome, value, nil)
    }
  }
}
