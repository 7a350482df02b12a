/// What a pipeline does with an element that a stage has failed on for good.
public enum StageErrorPolicy: Sendable, Equatable {
  /// Reports a ``StageError`` in the pipeline's `errors`, and goes on.
  case emit
  /// Hands the element to `onUndelivered`, and goes on.
  case drop
  /// Stops the whole pipeline: its results end with the ``StageError``.
  case stop
}
