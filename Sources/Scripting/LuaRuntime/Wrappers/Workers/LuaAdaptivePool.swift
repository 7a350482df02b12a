import Revoada
import Synchronization

/// `adaptive_pool{min_workers, max_workers, …}`: an ``AdaptiveWorkerPool``.
final class LuaAdaptivePool: LuaPool, @unchecked Sendable {
  private let function = Mutex<LuaFunction?>(nil)
  // Set by the initialiser, once: its work needs `self`.
  private var pool: AdaptiveWorkerPool<LuaValue, [LuaValue]>!

  init(_ call: LuaCall) throws {
    let known = Self.poolOptions.union([
      "min_workers", "max_workers", "scale_up_threshold", "scale_down_threshold", "check_interval",
      "max_wait",
    ])
    let options = try LuaOptions(call, 1, known: known)
    let name = try options.text("name") ?? "adaptive"
    let least = try options.integer("min_workers", in: 1...65_536) ?? 1
    let most = try options.integer("max_workers", in: 1...65_536) ?? max(least, Scheduler.availableCores)
    if most < least {
      throw options.error("max_workers", "at least min_workers (\(least)) expected, got \(most)")
    }
    let (up, down) = (
      try options.number("scale_up_threshold", in: 0...1) ?? 0.8,
      try options.number("scale_down_threshold", in: 0...1) ?? 0.2
    )
    if up < down {
      throw options.error("scale_up_threshold", "at least scale_down_threshold (\(down)) expected, got \(up)")
    }
    let settings = try Self.read(options, workers: least, queue: nil)
    let interval = try options.duration("check_interval") ?? .seconds(1)
    let wait = try options.duration("max_wait")
    try super.init(call, options, name: name)
    pool = AdaptiveWorkerPool(
      name: name, minWorkers: least, maxWorkers: most, scaleUp: up, scaleDown: down, checkInterval: interval,
      maxWait: wait, options: settings
    ) { [weak self] task in
      guard let self, let function = self.function.withLock({ $0 }) else { return [] }
      return try await self.run(function, [task])
    }
  }

  static let kind = ObjectKind(
    14, "adaptive_pool",
    swift: [
      .immediate("process") { (self: LuaAdaptivePool, call) in
        let function = try call.function(1)
        self.function.withLock { $0 = function }
        return []
      },
      .waiting("submit") { (self: LuaAdaptivePool, call) in
        guard self.function.withLock({ $0 != nil }) else {
          throw LuaError(.argument, "\(self.label) does not know what to do: call process(fn) first")
        }
        let (task, key) = (call.value(1), try self.key(call, 2))
        return try await self.submit(
          waiting: { try await self.pool.submit(task, key: key).id },
          trying: { try self.pool.trySubmit(task, key: key).id })
      },
      .waiting("wait") { (self: LuaAdaptivePool, _) in
        try await self.pool.wait()
        return []
      },
      .waiting("close") { (self: LuaAdaptivePool, _) in
        await self.pool.close()
        return []
      },
      .immediate("shutdown_now") { (self: LuaAdaptivePool, _) in [.count(self.pool.shutdownNow().count)] },
      .immediate("stats") { (self: LuaAdaptivePool, _) in [self.table(self.pool.stats)] },
    ])
  override var kind: ObjectKind { Self.kind }
}
