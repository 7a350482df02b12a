import Revoada

extension RetryPolicy {
  static let luaOptions: Set<String> = [
    "max_attempts", "initial_delay", "max_delay", "multiplier", "jitter", "strategy", "max_elapsed",
  ]

  /// The policy that a script describes.
  init(_ options: LuaOptions) throws {
    let attempts = try options.integer("max_attempts", in: 1...Int.max) ?? 3
    let initial = try options.duration("initial_delay", mayBeZero: true) ?? .milliseconds(100)
    let longest = try options.duration("max_delay", mayBeZero: true) ?? max(initial, .seconds(10))
    let jitter = try Self.jitter(options)
    let growth = try options.choice("strategy", ["exponential": 0, "linear": 1, "constant": 2]) ?? 0
    switch growth {
    case 0:
      self = .exponential(
        attempts: attempts, initial: initial, max: longest,
        multiplier: try options.number("multiplier", in: 1...1e9) ?? 2, jitter: jitter)
    case 1: self = .linear(attempts: attempts, initial: initial, max: longest, jitter: jitter)
    default: self = .constant(attempts: attempts, delay: initial, jitter: jitter)
    }
    if let elapsed = try options.duration("max_elapsed") { self = limited(to: elapsed) }
  }

  /// On unless switched off.
  private static func jitter(_ options: LuaOptions) throws -> Jitter {
    if case .bool(let isOn) = options.value("jitter") { return isOn ? .full : .none }
    return try options.choice(
      "jitter", ["full": .full, "equal": .equal, "decorrelated": .decorrelated, "none": .none]) ?? .full
  }
}

/// `retry(options, fn, ...)` → `result…` or `nil, error`.
enum LuaRetry {
  static let function = Library.Function(
    module: "goroutine", field: "retry",
    body: .hosted { call in
      let policy = try RetryPolicy(LuaOptions(call, 1, known: RetryPolicy.luaOptions))
      try LuaError.misuse(of: call, policy.validate)
      let body = LuaBody(function: try call.function(2), name: "retried function")
      let arguments = Array(call.arguments.dropFirst(2))
      return try await .orNil { try await retry(policy) { try await body(arguments) } }
    })
}
