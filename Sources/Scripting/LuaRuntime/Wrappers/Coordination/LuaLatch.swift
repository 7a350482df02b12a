import LuaShim
import Revoada

/// `latch(count [, name])`: a ``CountDownLatch``.
final class LuaLatch: SwiftObject, @unchecked Sendable {
  private let latch: CountDownLatch
  /// Whose wait time ends; protected by `lock`.
  private var limited: Set<GoroutineID> = []

  init(_ call: LuaCall) throws {
    let count = try call.integer(1)
    guard count >= 0 else { throw call.argumentError(1, "the count must not be negative") }
    latch = CountDownLatch(Int(count))
    super.init(name: try call.optionalString(2)?.text)
  }

  static let kind = ObjectKind(
    30, "latch",
    swift: [
      .immediate("count_down") { (self: LuaLatch, call) in
        let steps = try call.optionalInteger(1) ?? 1
        guard steps > 0 else { throw call.argumentError(1, "the number of steps must be positive") }
        self.latch.countDown(Int(steps))
        return []
      },
      .waiting("wait") { (self: LuaLatch, call) in
        if let limit = try call.optionalDuration(1, mayBeZero: true) {
          self.locked { _ = self.limited.insert(call.caller) }
          defer { self.locked { _ = self.limited.remove(call.caller) } }
          return [.bool(try await self.latch.wait(timeout: limit))]
        }
        try await self.latch.wait()
        return [true]
      },
      .immediate("count") { (self: LuaLatch, _) in [.count(self.latch.count)] },
    ])
  override var kind: ObjectKind { Self.kind }
  override func isServedByCallers(_ waiter: GoroutineID) -> Bool { locked { !limited.contains(waiter) } }

  override var selectable: [rv_operation] { [RV_WAIT] }
  override func selectCase(_ call: SelectCall) -> any SelectCases<[LuaValue]> { Opened(latch) { [true] } }
}
