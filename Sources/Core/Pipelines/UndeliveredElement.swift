/// An element that a pipeline took, or made of one it took, and that nobody will get from it.
///
/// Handed to the pipeline's `onUndelivered`, each exactly once and with no lock held.
public struct UndeliveredElement: Sendable {
  /// Why.
  public enum Reason: Sendable {
    /// A stage failed on it, and its policy is ``StageErrorPolicy/drop``.
    case dropped(any Error)
    /// It was on its way when the pipeline was cancelled, was stopped by an error, or had lost its last reader.
    case ended
    /// A stage failed on it, and nobody read the ``StageError``.
    case unreadError(any Error)
  }

  /// The element, as it was when it got stuck.
  public let element: any Sendable
  /// The stage that it was in or would have entered next; `source` before the first, `results` after the last.
  public let stage: String
  /// Why it is not delivered.
  public let reason: Reason
}
