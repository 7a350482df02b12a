import Revoada

/// `work_queue{workers, max_retries, retry_delay, dlq_enabled, …}`: a ``WorkQueue``.
///
/// The prelude takes the options of `enqueue` apart, so that an item stays the table it is.
final class LuaWorkQueue: SwiftObject, @unchecked Sendable {
  let queue: WorkQueue<LuaValue>
  private let keepsDeadLetters: Bool

  init(_ call: LuaCall) throws {
    let known: Set<String> = [
      "name", "workers", "max_retries", "retry_delay", "backoff", "dlq_enabled", "lease", "timeout", "ageing",
      "lane_limit", "capacity",
    ]
    let options = try LuaOptions(call, 1, known: known)
    let name = try options.text("name") ?? "work"
    var settings = WorkQueueOptions()
    settings.workers = try options.integer("workers", in: 1...65_536) ?? 1
    settings.maxRetries = try options.integer("max_retries", in: 0...Int.max) ?? 3
    if let backoff = try Self.backoff(options) { settings.backoff = backoff }
    settings.keepsDeadLetters = try options.bool("dlq_enabled") ?? true
    settings.lease = try options.duration("lease")
    settings.timeout = try options.duration("timeout")
    if options.value("ageing") == false {
      settings.ageing = nil
    } else if let ageing = try options.duration("ageing") {
      settings.ageing = ageing
    }
    settings.laneLimit = try options.integer("lane_limit", in: 1...Int.max)
    settings.capacity = try options.integer("capacity", in: 1...Int.max)
    keepsDeadLetters = settings.keepsDeadLetters
    queue = WorkQueue(name: name, options: settings)
    super.init(name: name)
    try LuaError.misuse(of: call, queue.validate)
  }

  /// The same pause each time, or a policy as `retry` takes it.
  private static func backoff(_ options: LuaOptions) throws -> RetryPolicy? {
    let policy = try options.options("backoff", known: RetryPolicy.luaOptions.subtracting(["max_attempts"]))
    guard let delay = try options.duration("retry_delay", mayBeZero: true) else {
      return try policy.map(RetryPolicy.init)
    }
    if policy != nil { throw options.error("retry_delay", "either this or 'backoff' expected, not both") }
    return .constant(attempts: .max, delay: delay, jitter: .none)
  }

  static let kind = ObjectKind(
    34, "work_queue",
    swift: [
      .immediate("process") { (self: LuaWorkQueue, call) in
        let body = LuaBody(function: try call.function(1), name: "worker of \(self.label)")
        let isFirst = self.queue.processDeliveries { delivery in
          _ = try await body([delivery.item, .count(delivery.attempt)])
        }
        if !isFirst { throw LuaError(.argument, "\(self.label) is processed already") }
        return []
      },
      // (item, delay, priority, key, lane)
      .waiting("enqueue") { (self: LuaWorkQueue, call) in
        do {
          let added = try await self.queue.enqueue(
            call.value(1), delay: try call.optionalDuration(2, mayBeZero: true) ?? .zero,
            priority: Int(clamping: try call.optionalInteger(3) ?? 0), key: try call.optionalString(4)?.text,
            lane: try call.optionalString(5)?.text)
          if case .duplicate(let id) = added { return [.integer(Int64(id)), false] }
          return [.integer(Int64(added.id)), true]
        } catch let error as WorkQueueError {
          throw LuaError(.argument, "\(error)")
        }
      },
      .waiting("wait") { (self: LuaWorkQueue, _) in
        try await self.queue.wait()
        return []
      },
      .waiting("close") { (self: LuaWorkQueue, _) in
        await self.queue.close()
        return []
      },
      .immediate("dead_letter_queue") { (self: LuaWorkQueue, _) in
        guard self.keepsDeadLetters else {
          throw LuaError(.argument, "\(self.label) keeps no dead letters: dlq_enabled is false")
        }
        return [.handle(LuaHandle(object: LuaDeadLetters(self)))]
      },
      .waiting("stats") { (self: LuaWorkQueue, _) in
        let ledger = try await self.queue.ledger()
        return [
          .table(
            LuaTable([
              "added": .count(ledger.added), "pending": .count(ledger.pending), "ready": .count(ledger.ready),
              "delayed": .count(ledger.delayed), "active": .count(ledger.claimed),
              "completed": .count(ledger.completed), "dead": .count(ledger.dead),
              "removed": .count(ledger.removed), "purged": .count(ledger.purged),
              "discarded": .count(ledger.discarded), "duplicates": .count(ledger.duplicates),
              "retries": .count(ledger.retries), "replayed": .count(ledger.replayed),
              "crash_recoveries": .count(ledger.crashRecoveries),
            ]))
        ]
      },
    ])
  override var kind: ObjectKind { Self.kind }
}
