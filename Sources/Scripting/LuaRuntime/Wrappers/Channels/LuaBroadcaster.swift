import Revoada

/// `broadcaster([{history, name}])`: a ``Broadcaster``.
final class LuaBroadcaster: SwiftObject, @unchecked Sendable {
  private let broadcaster: Broadcaster<LuaValue>

  init(_ call: LuaCall) throws {
    let options = try LuaOptions(call, 1, known: ["history", "name"])
    let name = try options.text("name")
    broadcaster = Broadcaster(history: try options.integer("history", in: 0...1 << 20) ?? 16, name: name)
    super.init(name: name)
  }

  static let kind = ObjectKind(
    18, "broadcaster",
    swift: [
      .immediate("subscribe", readsTables: true) { (self: LuaBroadcaster, call) in
        let options = try LuaOptions(call, 1, known: ["buffer", "policy", "replay"])
        let policy = try options.choice("policy", SubscriptionPolicy.luaNames) ?? .block
        let subscription = self.broadcaster.subscribe(
          buffer: try options.integer("buffer", in: 1...1 << 20) ?? 16, policy: policy,
          replay: try options.integer("replay", in: 0...1 << 20) ?? 0)
        return [.handle(LuaHandle(object: LuaSubscription(subscription, name: self.name)))]
      },
      .waiting("broadcast") { (self: LuaBroadcaster, call) in
        do { try await self.broadcaster.broadcast(call.value(1)) } catch is ChannelClosed<LuaValue> {
          throw LuaError(.argument, "broadcast on closed \(self.label)")
        }
        return []
      },
      .immediate("close") { (self: LuaBroadcaster, _) in
        if self.broadcaster.isClosed { throw LuaError(.argument, "close of already closed \(self.label)") }
        self.broadcaster.close()
        return []
      },
      .immediate("is_closed") { (self: LuaBroadcaster, _) in [.bool(self.broadcaster.isClosed)] },
      .immediate("subscribers") { (self: LuaBroadcaster, _) in [.count(self.broadcaster.subscribers)] },
    ])
  override var kind: ObjectKind { Self.kind }
}

extension SubscriptionPolicy {
  static let luaNames: KeyValuePairs<String, SubscriptionPolicy> = [
    "block": .block, "drop_oldest": .dropOldest, "drop_newest": .dropNewest, "lag": .lag,
    "disconnect": .disconnect,
  ]
}
