import Revoada

/// `request_reply([{name}])`: a ``RequestReply``.
final class LuaRequestReply: SwiftObject, @unchecked Sendable {
  private let requests: RequestReply<LuaValue, [LuaValue]>

  init(_ call: LuaCall) throws {
    let name = try LuaOptions(call, 1, known: ["name"]).text("name")
    requests = RequestReply(name: name)
    super.init(name: name)
  }

  static let kind = ObjectKind(
    33, "request_reply",
    swift: [
      .immediate("serve", readsTables: true) { (self: LuaRequestReply, call) in
        let body = LuaBody(function: try call.function(1), name: "handler of \(self.label)")
        let options = try LuaOptions(call, 2, known: ["limit"])
        self.requests.serve(limit: try options.integer("limit", in: 1...Int.max)) { request in
          try await body([request])
        }
        return []
      },
      .waiting("request") { (self: LuaRequestReply, call) in
        let limit = try call.optionalDuration(2, mayBeZero: true)
        do {
          let response = try await self.requests.request(call.value(1), timeout: limit)
          return response.isEmpty ? [.nil] : response
        } catch is NoResponders {
          return [.nil, "no responders"]
        } catch let error as MessagingClosed {
          throw LuaError(.argument, "request: \(error)")
        } catch {
          return [.nil, try LuaError.message(of: error)]
        }
      },
      .waiting("close") { (self: LuaRequestReply, _) in
        await self.requests.close()
        return []
      },
      .immediate("stats") { (self: LuaRequestReply, _) in
        let stats = self.requests.stats
        return [
          .table(
            LuaTable([
              "requests": .count(stats.requests), "pending": .count(stats.pending),
              "answered": .count(stats.answered), "failed": .count(stats.failed),
              "timed_out": .count(stats.timedOut), "cancelled": .count(stats.cancelled),
              "no_responders": .count(stats.noResponders), "late": .count(stats.lateReplies),
            ]))
        ]
      },
    ])
  override var kind: ObjectKind { Self.kind }
}
