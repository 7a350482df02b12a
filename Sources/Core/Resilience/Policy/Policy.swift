import RevoadaScheduling

/// Several ways to protect a call, as one value.
///
/// ```swift
/// let careful = Policy {
///   Timeout(.seconds(5))
///   Retry(.exponential(attempts: 4))
///   Breaker(breaker)
///   Timeout(.seconds(1))
/// }
/// let user = try await careful.run { try await fetchUser(id) }
/// ```
///
/// The first layer is the outermost, the last is next to the call. Above, five seconds are for everything; each attempt passes
/// the breaker, which sees each of them fail or time out after a second. The other order of `Retry` and `Breaker`
/// would count a whole series of attempts as one call.
///
/// A layer that has an object (a breaker, a limiter, a bulkhead) shares it with all who use that object: make it once,
/// and the policies from it. A policy is itself a layer.
public struct Policy: PolicyLayer {
  private let layers: [any PolicyLayer]

  /// Composes layers, the outermost first.
  public init(@PolicyBuilder _ layers: () -> [any PolicyLayer]) { self.layers = layers() }

  /// Runs `operation` within all layers.
  ///
  /// Cancellation goes through to the operation, and is waited for.
  /// - Throws: what the layers and the operation throw; `InvalidSetting`, and then nothing was called.
  public func run<Success: Sendable>(
    _ operation: @escaping @Sendable () async throws -> Success
  ) async throws -> Success {
    try await run(from: 0, operation)
  }

  private func run<Success: Sendable>(
    from index: Int, _ operation: @escaping @Sendable () async throws -> Success
  ) async throws -> Success {
    if index == layers.count { return try await operation() }
    return try await layers[index].run { try await run(from: index + 1, operation) }
  }

  /// Finds a setting that one of the layers cannot work with.
  public func validate() throws(InvalidSetting) { for layer in layers { try layer.validate() } }
}

/// One way to protect a call, for use in a ``Policy``.
public protocol PolicyLayer: Sendable {
  /// Runs `operation`: once, several times or not at all.
  func run<Success: Sendable>(_ operation: @escaping @Sendable () async throws -> Success) async throws
    -> Success
  /// Finds a setting that the layer cannot work with.
  func validate() throws(InvalidSetting)
}

extension PolicyLayer {
  /// Nothing to find.
  public func validate() throws(InvalidSetting) {}
}

/// Collects the layers of a ``Policy``.
@resultBuilder
public enum PolicyBuilder {
  /// One layer.
  public static func buildExpression(_ layer: some PolicyLayer) -> [any PolicyLayer] { [layer] }
  /// All layers.
  public static func buildBlock(_ layers: [any PolicyLayer]...) -> [any PolicyLayer] {
    Array(layers.joined())
  }
  /// `if` without `else`.
  public static func buildOptional(_ layers: [any PolicyLayer]?) -> [any PolicyLayer] { layers ?? [] }
  /// `if`.
  public static func buildEither(first layers: [any PolicyLayer]) -> [any PolicyLayer] { layers }
  /// `else`.
  public static func buildEither(second layers: [any PolicyLayer]) -> [any PolicyLayer] { layers }
  /// `for`.
  public static func buildArray(_ layers: [[any PolicyLayer]]) -> [any PolicyLayer] { Array(layers.joined()) }
}
