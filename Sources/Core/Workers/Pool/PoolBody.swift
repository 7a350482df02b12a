/// What a pool does with an input.
@usableFromInline
enum PoolBody<Input: Sendable, Output: Sendable>: Sendable {
  @usableFromInline typealias Suspending = nonisolated(nonsending) @Sendable (Input) async throws -> Output

  case suspending(Suspending)
  /// Cannot suspend, and so can be done for several inputs in a row.
  case quick(@Sendable (Input) throws -> Output)

  @inlinable
  var suspending: Suspending {
    switch self {
    case .suspending(let body): body
    case .quick(let body): { try body($0) }
    }
  }
}
