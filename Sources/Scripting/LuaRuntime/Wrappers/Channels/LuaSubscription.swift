import LuaShim
import Revoada

/// What `broadcaster:subscribe()` and `pubsub:subscribe()` give: a ``Subscription``, received from like a channel.
final class LuaSubscription: SwiftObject, @unchecked Sendable {
  private let subscription: Subscription<LuaValue>
  private let returned = ReturnedElements<LuaValue>()

  init(_ subscription: Subscription<LuaValue>, name: String?) {
    self.subscription = subscription
    super.init(name: name)
  }

  /// Nothing more is delivered.
  func end() { subscription.unsubscribe() }

  static let kind = ObjectKind(
    19, "subscription",
    swift: [
      .waiting("receive", undo: { (self: LuaSubscription, values) in self.putBack(values) }) {
        (self: LuaSubscription, _) in
        if let values = self.takeReturned() { return values }
        return try await self.received { .received(try await self.subscription.receive()) }
      },
      .waiting("try_receive", undo: { (self: LuaSubscription, values) in self.putBack(values) }) {
        (self: LuaSubscription, _) in
        if let values = self.takeReturned() { return values }
        return try await self.received { .tried(try self.subscription.tryReceive()) }
      },
      .immediate("close") { (self: LuaSubscription, _) in
        self.end()
        return []
      },
      .immediate("len") { (self: LuaSubscription, _) in [.count(self.subscription.count)] },
      .immediate("cap") { (self: LuaSubscription, _) in [.count(self.subscription.capacity)] },
      .immediate("is_closed") { (self: LuaSubscription, _) in [.bool(self.subscription.isClosed)] },
      .immediate("inspect") { (self: LuaSubscription, _) in self.subscription.snapshot.figures },
    ])
  override var kind: ObjectKind { Self.kind }

  // MARK: Select

  override var selectable: [rv_operation] { [RV_RECEIVE] }
  override func selectCase(_ call: SelectCall) -> any SelectCases<[LuaValue]> {
    Receive(subscription) { $0.map { [$0, true] } ?? [.nil, false] }
  }
  override func takeReturned() -> [LuaValue]? { returned.take().map { [$0, true] } }

  private enum Received {
    case received(LuaValue?)
    case tried(TryReceiveResult<LuaValue>)
  }

  /// `value, true[, missed]`, or `nil, false[, reason]`.
  private func received(_ attempt: () async throws -> Received) async throws -> [LuaValue] {
    var missed: [LuaValue] = []
    while true {
      do {
        switch try await attempt() {
        case .received(let value?), .tried(.received(let value)): return [value, true] + missed
        case .received(nil): return [.nil, false]
        case .tried(.empty): return [.nil, false]
        case .tried(.closed): return [.nil, false, "closed"]
        }
      } catch let error as SubscriptionLagged {
        missed = [.count(error.missed)]  // told with the element that comes next
      } catch let error as SubscriptionDisconnected {
        return [.nil, false, .string("\(error)")]
      }
    }
  }

  private func putBack(_ results: [LuaValue]) {
    if results.count >= 2, results[1] == true { returned.put(results[0]) }
  }
}
