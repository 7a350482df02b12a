/// A barrier at which not all parties have met, or will.
public struct BarrierBroken: Error, Sendable, Equatable, CustomStringConvertible {
  /// Why.
  public enum Cause: Sendable {
    /// A party that waited was cancelled.
    case cancellation
    /// ``Barrier/reset()`` was called while parties waited.
    case reset
    /// The barrier's action has thrown.
    case failedAction
  }
  /// Why.
  public let cause: Cause
  /// How many should have met.
  public let parties: Int
  /// A sentence for people.
  public var description: String {
    switch cause {
    case .cancellation: "the barrier of \(parties) parties is broken: one of them was cancelled"
    case .reset: "the barrier of \(parties) parties was reset while some of them waited"
    case .failedAction: "the barrier of \(parties) parties is broken: its action has failed"
    }
  }
}
