/// A pipeline's source can be read only once and another pipeline reads it already.
public struct SourceTaken: Error, Sendable, Equatable, CustomStringConvertible {
  /// A sentence for people.
  public var description: String {
    "the pipeline's source is read by another pipeline already; build each pipeline from a source of its own"
  }
}
