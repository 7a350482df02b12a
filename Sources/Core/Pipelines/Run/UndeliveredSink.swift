import Synchronization

/// Where elements go that nobody will get from a pipeline.
@usableFromInline
final class UndeliveredSink: Sendable {
  private let callback: (@Sendable (UndeliveredElement) -> Void)?
  /// Elements that no stage had at the end: they waited between two.
  private let waiting = Atomic<Int>(0)
  private let errors = Atomic<Int>(0)

  init(_ callback: (@Sendable (UndeliveredElement) -> Void)?) { self.callback = callback }

  var waitingCount: Int { waiting.load(ordering: .acquiring) }
  var unreadErrors: Int { errors.load(ordering: .acquiring) }

  func take(_ element: any Sendable, stage: String, _ reason: UndeliveredElement.Reason) {
    callback?(UndeliveredElement(element: element, stage: stage, reason: reason))
  }

  /// An element that waited for a stage.
  @usableFromInline
  func takeWaiting(_ element: any Sendable, stage: String) {
    waiting.add(1, ordering: .releasing)
    take(element, stage: stage, .ended)
  }

  /// An element that a stage had.
  @usableFromInline
  func takeEnded(_ element: any Sendable, stage: String) { take(element, stage: stage, .ended) }

  func takeUnread(_ error: StageError) {
    errors.add(1, ordering: .releasing)
    take(error.element, stage: error.stage, .unreadError(error.error))
  }
}
