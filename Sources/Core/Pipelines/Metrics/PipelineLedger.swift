/// Where the elements of a pipeline, or of one of its stages, are: none is unaccounted for at any time.
///
/// `taken + created == emitted + failed + dropped + filtered + undelivered + inside`, always.
public struct PipelineLedger: Sendable, Equatable {
  /// Taken from the source, or from the stage before.
  public internal(set) var taken = 0
  /// Additional elements that came into being where one became several.
  public internal(set) var created = 0
  /// Received by a reader of the results; handed on, in the case of a stage.
  public internal(set) var emitted = 0
  /// Failed, and reported in the errors or as what stopped the pipeline.
  public internal(set) var failed = 0
  /// Failed, and dropped by ``StageErrorPolicy/drop``.
  public internal(set) var dropped = 0
  /// Left out by a stage that filters.
  public internal(set) var filtered = 0
  /// On its way when the pipeline ended before its source did.
  public internal(set) var undelivered = 0

  /// On its way: being worked on, or waiting in the pipeline.
  public var inside: Int { taken + created - emitted - failed - dropped - filtered - undelivered }

  /// Adds the endings of elements in a stage: what becomes of them, other than being handed on.
  mutating func addEnds(of stage: PipelineLedger) {
    failed += stage.failed
    dropped += stage.dropped
    filtered += stage.filtered
    undelivered += stage.undelivered
    created += stage.created
  }
}
