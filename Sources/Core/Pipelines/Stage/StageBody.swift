/// What a stage does with an element.
@usableFromInline
enum StageBody<Input: Sendable, Output: Sendable>: Sendable {
  @usableFromInline typealias Suspending =
    nonisolated(nonsending) @Sendable (Input) async throws -> StageOutput<Output>

  case suspending(Suspending)
  /// Cannot suspend, and so can be done in batches.
  case quick(@Sendable (Input) throws -> StageOutput<Output>)

  @inlinable
  var suspending: Suspending {
    switch self {
    case .suspending(let body): body
    case .quick(let body): { try body($0) }
    }
  }
}
