import LuaShim
import Revoada

/// `barrier(parties [, name])`: a ``Barrier``.
final class LuaBarrier: SwiftObject, @unchecked Sendable {
  private let barrier: Barrier

  init(_ call: LuaCall) throws {
    let parties = try call.integer(1)
    guard parties > 0 else { throw call.argumentError(1, "the number of parties must be positive") }
    barrier = Barrier(parties: Int(parties))
    super.init(name: try call.optionalString(2)?.text)
  }

  static let kind = ObjectKind(
    29, "barrier",
    swift: [
      .waiting("wait") { (self: LuaBarrier, _) in
        try await .flagged {
          try await self.barrier.wait()
          return []
        }
      },
      .immediate("reset") { (self: LuaBarrier, _) in
        self.barrier.reset()
        return []
      },
      .immediate("waiting") { (self: LuaBarrier, _) in [.count(self.barrier.waiting)] },
      .immediate("is_broken") { (self: LuaBarrier, _) in [.bool(self.barrier.isBroken)] },
    ])
  override var kind: ObjectKind { Self.kind }
  override func isServedByCallers(_ waiter: GoroutineID) -> Bool { true }

  override var selectable: [rv_operation] { [RV_WAIT] }
  override func selectCase(_ call: SelectCall) -> any SelectCases<[LuaValue]> { Arrive(barrier) { [true] } }
}
