/// A stage of a pipeline failed on an element.
public struct StageError: Error, CustomStringConvertible {
  /// The stage's name.
  public let stage: String
  /// What it failed on: the element that went into the stage.
  public let element: any Sendable
  /// What it threw; the last time, if it tried more than once.
  public let error: any Error
  /// How often it tried.
  public let attempts: Int

  /// A sentence for people.
  public var description: String {
    "stage '\(stage)' failed on \(element)\(attempts > 1 ? " after \(attempts) attempts" : ""): \(error)"
  }
}
