/// A stage could not be added to a ``DynamicPipeline``, or removed.
public enum StageChangeError: Error, Sendable, Equatable, CustomStringConvertible {
  /// There is no stage of this name.
  case unknown(String)
  /// There is a stage of this name already.
  case duplicate(String)
  /// The pipeline has ended, or all its elements are past the place of the new stage.
  case ended(String)
  /// A stage of the pipeline itself asked to remove this one, and would wait for itself.
  case fromInside(String)

  /// A sentence for people.
  public var description: String {
    switch self {
    case .unknown(let name): "the pipeline has no stage '\(name)'"
    case .duplicate(let name): "the pipeline has a stage '\(name)' already"
    case .ended(let name): "stage '\(name)' cannot be added: the pipeline has ended"
    case .fromInside(let name):
      "stage '\(name)' cannot be removed by a stage of its own pipeline; spawn a goroutine outside that does"
    }
  }
}
