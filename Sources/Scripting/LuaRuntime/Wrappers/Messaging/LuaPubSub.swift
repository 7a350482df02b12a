import Revoada

/// `pubsub([{name}])`: a ``PubSub``.
final class LuaPubSub: SwiftObject, @unchecked Sendable {
  private let bus: PubSub<LuaValue>

  init(_ call: LuaCall) throws {
    let name = try LuaOptions(call, 1, known: ["name"]).text("name")
    bus = PubSub(name: name)
    super.init(name: name)
  }

  static let kind = ObjectKind(
    32, "pubsub",
    swift: [
      .immediate("subscribe", readsTables: true) { (self: LuaPubSub, call) in
        let pattern = try call.string(1).text
        try LuaError.misuse(of: call) { _ = try TopicPattern(pattern) }
        let options = try LuaOptions(call, 2, known: ["buffer", "policy", "group"])
        let subscription = self.bus.subscribe(
          pattern, group: try options.text("group"),
          buffer: try options.integer("buffer", in: 1...1 << 20) ?? 16,
          policy: try options.choice("policy", SubscriptionPolicy.luaNames) ?? .block)
        return [.handle(LuaHandle(object: LuaSubscription(subscription, name: pattern)))]
      },
      .waiting("publish") { (self: LuaPubSub, call) in
        let topic = try call.string(1).text
        do {
          return [try await self.bus.publish(call.value(2), to: topic).map(LuaValue.count) ?? .nil]
        } catch let error as InvalidTopic {
          throw call.argumentError(1, "\(error)")
        } catch let error as MessagingClosed {
          throw LuaError(.argument, "publish: \(error)")
        }
      },
      .immediate("unsubscribe") { (self: LuaPubSub, call) in
        guard case .handle(let handle) = call.value(1), let subscription = handle.object as? LuaSubscription
        else { throw call.argumentError(1, "subscription expected, got \(call.value(1).luaTypeName)") }
        subscription.end()
        return []
      },
      .immediate("close") { (self: LuaPubSub, _) in
        self.bus.close()
        return []
      },
    ])
  override var kind: ObjectKind { Self.kind }
}
