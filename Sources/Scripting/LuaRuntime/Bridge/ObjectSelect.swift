import LuaShim
import Revoada

/// What a case of a script's select asks of an object of Swift.
struct SelectCall {
  /// The method whose work it does.
  let operation: rv_operation
  /// What is sent.
  let value: LuaValue
  /// Its priority.
  let amount: Int64
  let caller: GoroutineID
}

extension Isolate {
  /// Serves one of the cases, or waits for all of them.
  ///
  /// Without a gate it only looks. Nil: nothing was ready; with a gate, the goroutine is woken later.
  func select(_ goroutine: UInt64, _ cases: [ObjectCase], gate: SelectGate?) -> (
    answer: (rv_outcome, ValueBuffer?), index: Int32
  )? {
    for entry in cases where entry.operation == RV_RECEIVE {
      if let values = entry.object.takeReturned() {
        return ((RV_VALUES, .make(values, for: self)), entry.index)
      }
    }
    return host("select", for: goroutine) {
      try await Revoada.select(.biased) {
        // First, so that nothing is taken once somebody else has served the goroutine.
        if let gate { gate.selectCase }
        for entry in cases { entry }
        if gate == nil { Default { nil } }
      }
    }
  }
}

/// Does with an object what one of its methods does, as one case of a select.
struct ObjectCase: SelectCases, @unchecked Sendable {  // one select uses it, in the isolate's turns
  let object: SwiftObject
  let operation: rv_operation
  let index: Int32
  private let inner: any SelectCases<[LuaValue]>

  /// Takes the value to be sent.
  init(_ entry: rv_object_case, _ caller: Caller) {
    // The shim has asked where the case waits: only objects of Swift answer this.
    object = unsafeDowncast(
      Unmanaged<SharedObject>.fromOpaque(entry.object).takeUnretainedValue(), to: SwiftObject.self)
    operation = entry.operation
    index = entry.index
    var value = LuaValue.nil
    if let buffer = entry.value {
      var reader = ValueReader(buffer, caller.isolate)
      value = (try? reader.values().first) ?? .nil
      rv_buffer_free(buffer)
    }
    inner = object.selectCase(
      SelectCall(operation: operation, value: value, amount: entry.amount, caller: caller.id))
  }

  var caseCount: Int { inner.caseCount }
  func describe(_ slots: UnsafeMutablePointer<SelectSlot>) { inner.describe(slots) }
  func settle(_ slots: UnsafeMutablePointer<SelectSlot>, chosen: Int) { inner.settle(slots, chosen: chosen) }
  nonisolated(nonsending) func finish(_ slot: SelectSlot, index: Int) async throws -> HostedAnswer? {
    let values: [LuaValue]
    do {
      values = try await inner.finish(slot, index: index)
    } catch {  // the object has ended with an error
      values = try answer(to: error)
    }
    let method = object.kind.swiftMethods.firstIndex { $0.name == operation.method && $0.undo != nil }
    return HostedAnswer(values: values, object: object, undo: Int64(method ?? -1) + 1, index: self.index)
  }

  /// As the method of that name answers.
  private func answer(to error: any Error) throws -> [LuaValue] {
    switch operation {
    case RV_RECEIVE: return [.nil, false, .string("\(error)")]
    case RV_SEND: throw LuaError(.argument, "send on closed \(object.label)")
    default: return [false, try LuaError.message(of: error)]
    }
  }
}

/// Decides between a select of Swift and everything else that the same goroutine waits for.
///
/// It is a case of that select, which wins when somebody else serves the goroutine.
final class SelectGate: @unchecked Sendable {  // all state is protected by `room`
  private let room = WaitingRoom()
  private var isWatched = false
  private var isTaken = false

  /// True for the first who asks, unless Swift's select has served the goroutine.
  func take() -> Bool {
    room.serve { served in
      if let node = room.popFirst() {
        served.append(node.granted())
        return true
      }
      if isWatched || isTaken { return false }
      isTaken = true
      return true
    }
  }

  var selectCase: SelectCase<HostedAnswer?> {
    let waiting = RoomWaiting(
      (room.lock, room.queue),
      attempt: { [self] _ in
        isWatched = true
        return isTaken
      })
    return SelectCase(waiting) { [self] in
      _ = self  // kept while the select waits in its room
      return nil
    }
  }

  /// The gate as the shim's selects know it.
  var claim: OpaquePointer {
    rv_claim_delegated(
      Unmanaged.passRetained(self).toOpaque(),
      { Unmanaged<SelectGate>.fromOpaque($0).takeUnretainedValue().take() ? 1 : 0 },
      { Unmanaged<SelectGate>.fromOpaque($0).release() })
  }

  /// The gate of a claim.
  static func of(_ claim: OpaquePointer) -> SelectGate? {
    rv_claim_context(claim).map { Unmanaged<SelectGate>.fromOpaque($0).takeUnretainedValue() }
  }
}
