import RevoadaCoordination
import RevoadaScheduling

/// What the workers of an ordered stage share: who may take the next element, how many are inside, and the outputs that
/// wait for those before them.
@usableFromInline
final class OrderKeeper<Output: Sendable>: @unchecked Sendable {  // `buffer` is protected by `lock`
  /// The right to take an element: the order of the tickets is that of the elements.
  @usableFromInline let turn = Semaphore(permits: 1)
  /// A permit for each element inside: bounds the buffer.
  @usableFromInline let places: Semaphore
  private let lock = Lock()
  private var buffer: ReorderBuffer<StageOutput<Output>?>

  @usableFromInline
  init(window: Int) {
    places = Semaphore(permits: window)
    buffer = ReorderBuffer(window: window)
  }

  /// Whether outputs are being passed on: then a lack of places is the fault of those behind the stage.
  @usableFromInline
  var isEmitting: Bool { lock.withLock { buffer.isEmitting } }

  /// Called with the `turn` and a place.
  @usableFromInline
  func issue() -> Int { lock.withLock { buffer.issue() } }

  /// With nil for an element that the stage failed on.
  /// - Returns: whether the caller must pass on what ``next()`` gives.
  @usableFromInline
  func complete(_ ticket: Int, _ output: StageOutput<Output>?) -> Bool {
    lock.withLock { buffer.complete(ticket, output) }
  }

  @usableFromInline
  func next() -> StageOutput<Output>?? { lock.withLock { buffer.next() } }
}
