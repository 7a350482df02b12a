import LuaShim
import Revoada

/// What a script's `select` can receive from besides channels.
protocol LuaReceivable: SwiftObject {
  /// An element that came back from a goroutine that is gone, as `receive` answers.
  func takeReturned() -> [LuaValue]?
  /// A case that answers as `receive` does.
  var receiveCase: any SelectCases<[LuaValue]> { get }
}

extension Isolate {
  /// Receives from one of the objects, or waits for all of them.
  ///
  /// Without a gate it only looks. Nil: nothing was ready; with a gate, the goroutine is woken later.
  func select(_ goroutine: UInt64, _ cases: [ObjectCase], gate: SelectGate?) -> (
    answer: (rv_outcome, ValueBuffer?), index: Int32
  )? {
    for entry in cases {
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

/// Receives from an object, as one case of a select.
struct ObjectCase: SelectCases, @unchecked Sendable {  // one select uses it, in the isolate's turns
  let object: any LuaReceivable
  let index: Int32
  private let inner: any SelectCases<[LuaValue]>

  init(_ object: any LuaReceivable, index: Int32) {
    self.object = object
    self.index = index
    inner = object.receiveCase
  }

  var caseCount: Int { inner.caseCount }
  func describe(_ slots: UnsafeMutablePointer<SelectSlot>) { inner.describe(slots) }
  func settle(_ slots: UnsafeMutablePointer<SelectSlot>, chosen: Int) { inner.settle(slots, chosen: chosen) }
  nonisolated(nonsending) func finish(_ slot: SelectSlot, index: Int) async throws -> HostedAnswer? {
    let values: [LuaValue]
    do {
      values = try await inner.finish(slot, index: index)
    } catch {  // the object has ended with an error
      values = [.nil, false, .string("\(error)")]
    }
    let receive = object.kind.swiftMethods.firstIndex { $0.name == "receive" }
    return HostedAnswer(values: values, object: object, undo: Int64(receive ?? -1) + 1, index: self.index)
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
