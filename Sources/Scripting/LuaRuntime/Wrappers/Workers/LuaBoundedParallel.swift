import Revoada

/// `bounded_parallel{max_parallel, queue_size, …}`: a ``BoundedParallelism``.
final class LuaBoundedParallel: LuaPool, @unchecked Sendable {
  private let pool: BoundedParallelism

  init(_ call: LuaCall) throws {
    let known = Self.poolOptions.subtracting(["queue"]).union(["max_parallel", "queue_size"])
    let options = try LuaOptions(call, 1, known: known)
    let name = try options.text("name") ?? "bounded"
    let workers = try options.integer("max_parallel", in: 1...65_536) ?? Scheduler.availableCores
    let queue = try options.integer("queue_size", in: 0...Int.max) ?? 100
    let settings = try Self.read(options, workers: workers, queue: queue)
    try LuaError.misuse(of: call) { try settings.validate(name) }
    pool = BoundedParallelism(name: name, options: settings)
    try super.init(call, options, name: name)
  }

  static let kind = ObjectKind(
    15, "bounded_parallel",
    swift: [
      .waiting("submit") { (self: LuaBoundedParallel, call) in
        let function = try call.function(1)
        let arguments = Array(call.arguments.dropFirst())
        let body: @Sendable () async throws -> [LuaValue] = { try await self.run(function, arguments) }
        return try await self.submit(
          waiting: { try await self.pool.submit(body).id }, trying: { try self.pool.trySubmit(body).id })
      },
      .waiting("wait_all") { (self: LuaBoundedParallel, _) in
        try await self.pool.waitAll()
        return []
      },
      .waiting("close") { (self: LuaBoundedParallel, _) in
        await self.pool.close()
        return []
      },
      .immediate("shutdown_now") { (self: LuaBoundedParallel, _) in [.count(self.pool.shutdownNow())] },
      .immediate("resize") { (self: LuaBoundedParallel, call) in
        try LuaError.misuse(of: call) {
          try self.pool.resize(maxParallel: Int(clamping: try call.integer(1)))
        }
        return []
      },
      .immediate("stats") { (self: LuaBoundedParallel, _) in [self.table(self.pool.stats)] },
    ])
  override var kind: ObjectKind { Self.kind }
}
