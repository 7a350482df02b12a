import Revoada

/// `object_pool{create, destroy, max, …}`: an ``ObjectPool``.
///
/// The prelude remembers which loan belongs to which object: scripts give back the object itself.
final class LuaObjectPool: SwiftObject, @unchecked Sendable {
  private let pool: ObjectPool<LuaValue>

  init(_ call: LuaCall) throws {
    let known: Set<String> = [
      "create", "destroy", "validate", "max", "min", "max_idle", "max_lifetime", "max_idle_time", "timeout",
      "max_waiters", "leak_warning", "name",
    ]
    let options = try LuaOptions(call, 1, known: known)
    guard let create = try options.function("create") else { throw options.missing("create", "function") }
    let name = try options.text("name")
    let most = try options.integer("max", in: 1...1_000_000) ?? 10
    var configuration = ObjectPoolConfiguration(name: name ?? "objects", max: most)
    configuration.min = try options.integer("min", in: 0...most) ?? 0
    configuration.maxIdle = try options.integer("max_idle", in: configuration.min...Int.max)
    configuration.maxLifetime = try options.duration("max_lifetime")
    configuration.maxIdleTime = try options.duration("max_idle_time")
    configuration.timeout = try options.duration("timeout")
    configuration.maxWaiters = try options.integer("max_waiters", in: 0...Int.max)
    configuration.leakWarning = try options.duration("leak_warning")
    let label = "object_pool \"\(configuration.name)\""
    func body(_ function: LuaFunction, _ role: String) -> LuaBody {
      LuaBody(function: function, name: "\(role) of \(label)")
    }
    let creation = body(create, "create")
    let destruction = try options.function("destroy").map { body($0, "destroy") }
    let validation = try options.function("validate").map { body($0, "validate") }
    var validate: (@Sendable (LuaValue) async -> Bool)?
    if let validation {
      validate = { object in (try? await validation([object]))?.first?.isTruthy ?? false }
    }
    pool = try LuaError.misuse(of: call) {
      try ObjectPool(
        configuration,
        create: {
          guard let object = try await creation().first, !object.isNil else {
            throw LuaError(.runtime, "create of \(label) returned no object")
          }
          return object
        },
        destroy: { object in _ = try await destruction?([object]) }, validate: validate)
    }
    super.init(name: name)
  }

  static let kind = ObjectKind(
    23, "object_pool",
    swift: [
      .waiting("borrow", undo: { (_: LuaObjectPool, values) in LuaLoan.giveBack(values) }) {
        (self: LuaObjectPool, call) in
        let timeout = try call.optionalDuration(1)
        do {
          let loan = try await self.pool.acquire(timeout: timeout)
          return [.handle(LuaHandle(object: LuaLoan(loan))), try loan.object]
        } catch let error as ObjectPoolError {
          if case .closed = error { throw LuaError(.argument, "\(error)") }
          return [.nil, .string("\(error)")]
        } catch {
          return [.nil, try LuaError.message(of: error)]
        }
      },
      .waiting("warm_up") { (self: LuaObjectPool, _) in
        try await .flagged {
          try await self.pool.warmUp()
          return []
        }
      },
      .waiting("close") { (self: LuaObjectPool, _) in
        try await self.pool.close()
        return []
      },
      .immediate("stats") { (self: LuaObjectPool, _) in
        let stats = self.pool.stats
        return [
          .table(
            LuaTable([
              "created": .count(stats.created), "idle": .count(stats.idle),
              "borrowed": .count(stats.borrowed),
              "destroyed": .count(stats.destroyed), "waiting": .count(stats.waiting),
              "loans": .count(stats.loans),
              "timeouts": .count(stats.timeouts), "leaked": .count(stats.leaked),
              "create_failures": .count(stats.createFailures),
              "validation_failures": .count(stats.validationFailures),
            ]))
        ]
      },
    ])
  override var kind: ObjectKind { Self.kind }
}

/// A borrowed object; only the prelude sees it.
final class LuaLoan: SwiftObject, @unchecked Sendable {
  private let loan: PooledObject<LuaValue>

  init(_ loan: PooledObject<LuaValue>) {
    self.loan = loan
    super.init()
  }

  static let kind = ObjectKind(
    24, "loan",
    swift: [
      .immediate("release") { (self: LuaLoan, _) in
        try self.loan.release()
        return []
      },
      .immediate("discard") { (self: LuaLoan, _) in
        try self.loan.discard()
        return []
      },
    ])
  override var kind: ObjectKind { Self.kind }

  /// The goroutine that was to have the object is gone.
  static func giveBack(_ results: [LuaValue]) {
    if case .handle(let handle)? = results.first { try? (handle.object as? LuaLoan)?.loan.release() }
  }
}
