import Revoada

/// `rate_limiter{rate, per, burst, name}`: a ``RateLimiter``.
final class LuaRateLimiter: SwiftObject, @unchecked Sendable {
  let limiter: RateLimiter

  init(_ call: LuaCall) throws {
    let options = try LuaOptions(call, 1, known: ["rate", "per", "burst", "name"])
    guard let rate = try options.positive("rate") else { throw options.missing("rate", "number above 0") }
    let name = try options.text("name")
    limiter = RateLimiter(
      name: name, rate: rate, per: try options.duration("per") ?? .seconds(1),
      burst: try options.integer("burst", in: 1...1_000_000_000))
    super.init(name: name)
    try LuaError.misuse(of: call, limiter.validate)
  }

  static let kind = ObjectKind(
    10, "rate_limiter",
    swift: [
      .waiting("wait") { (self: LuaRateLimiter, call) in
        try await self.limiter.acquire(self.permits(call))
        return []
      },
      .immediate("try_acquire") { (self: LuaRateLimiter, call) in
        [.bool(self.limiter.tryAcquire(try self.permits(call)))]
      },
      .immediate("available") { (self: LuaRateLimiter, _) in [.integer(Int64(self.limiter.available))] },
      .immediate("reserve") { (self: LuaRateLimiter, call) in
        [.handle(LuaHandle(object: LuaReservation(try self.limiter.reserve(self.permits(call)))))]
      },
    ])
  override var kind: ObjectKind { Self.kind }

  private func permits(_ call: LuaCall) throws -> Int {
    let count = try call.optionalInteger(1) ?? 1
    guard count > 0 else { throw call.argumentError(1, "the number of permits must be positive") }
    return Int(clamping: count)
  }
}

/// What `rate_limiter:reserve()` gives.
final class LuaReservation: SwiftObject, @unchecked Sendable {
  private let reservation: Reservation

  init(_ reservation: Reservation) {
    self.reservation = reservation
    super.init()
  }

  static let kind = ObjectKind(
    11, "reservation",
    swift: [
      .immediate("delay") { (self: LuaReservation, _) in [.number(self.reservation.delay.milliseconds)] },
      .waiting("wait") { (self: LuaReservation, _) in
        try await self.reservation.wait()
        return []
      },
      .immediate("cancel") { (self: LuaReservation, _) in
        self.reservation.cancel()
        return []
      },
    ])
  override var kind: ObjectKind { Self.kind }
}
