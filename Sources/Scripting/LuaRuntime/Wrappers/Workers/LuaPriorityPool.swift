import Revoada

/// `priority_worker_pool{workers, fn, …}`: a ``PriorityWorkerPool``.
final class LuaPriorityPool: LuaPool, @unchecked Sendable {
  // Set by the initialiser, once: its work needs `self`.
  private var pool: PriorityWorkerPool<LuaValue, [LuaValue]>!

  init(_ call: LuaCall) throws {
    let known = Self.poolOptions.union(["workers", "fn", "ageing"])
    let options = try LuaOptions(call, 1, known: known)
    guard let function = try options.function("fn") else { throw options.missing("fn", "function") }
    let name = try options.text("name") ?? "priority"
    let workers = try options.integer("workers", in: 1...65_536) ?? Scheduler.availableCores
    let settings = try Self.read(options, workers: workers, queue: nil)
    let ageing = options.value("ageing") == false ? nil : try options.duration("ageing") ?? .seconds(1)
    if let ageing, ageing < .seconds(1) {
      throw options.error("ageing", "at least 1000 milliseconds, or false, expected")
    }
    try super.init(call, options, name: name)
    pool = PriorityWorkerPool(name: name, options: settings, ageing: ageing) { [weak self] task in
      try await self?.run(function, [task]) ?? []
    }
    try LuaError.misuse(of: call) { try settings.validate(name) }
  }

  static let kind = ObjectKind(
    13, "priority_worker_pool",
    swift: [
      .waiting("submit") { (self: LuaPriorityPool, call) in
        let priority = Int(clamping: try call.optionalInteger(2) ?? 0)
        let (task, key) = (call.value(1), try self.key(call, 3))
        return try await self.submit(
          waiting: { try await self.pool.submit(task, priority: priority, key: key).id },
          trying: { try self.pool.trySubmit(task, priority: priority, key: key).id })
      },
      .waiting("wait") { (self: LuaPriorityPool, _) in
        try await self.pool.wait()
        return []
      },
      .waiting("close") { (self: LuaPriorityPool, _) in
        await self.pool.close()
        return []
      },
      .immediate("shutdown_now") { (self: LuaPriorityPool, _) in [.count(self.pool.shutdownNow().count)] },
      .immediate("resize") { (self: LuaPriorityPool, call) in
        try LuaError.misuse(of: call) { try self.pool.resize(workers: Int(clamping: try call.integer(1))) }
        return []
      },
      .immediate("stats") { (self: LuaPriorityPool, _) in [self.table(self.pool.stats)] },
    ])
  override var kind: ObjectKind { Self.kind }
}
