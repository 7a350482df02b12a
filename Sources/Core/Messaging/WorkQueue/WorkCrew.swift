import RevoadaScheduling
import Synchronization

/// The workers of a queue: how many there are to be, and how they end.
final class WorkCrew: @unchecked Sendable {  // all variables are protected by `room`
  /// Who waits until all workers have ended.
  private let room = WaitingRoom()
  @exclusivity(unchecked) private var workers: [WorkWorker] = []
  @exclusivity(unchecked) private var size: Int
  @exclusivity(unchecked) private var hasBegun = false
  @exclusivity(unchecked) private var stops = false

  init(workers: Int) { size = workers }

  var target: Int { room.withLock { size } }
  var isStarted: Bool { room.withLock { hasBegun } }
  var isStopping: Bool { room.withLock { stops } }

  /// The first workers; nil if there are some already.
  func begin(_ prepare: () -> Void) -> [WorkWorker]? {
    room.withLock {
      if hasBegun || stops { return nil }
      hasBegun = true
      prepare()
      return add(size)
    }
  }

  private func add(_ count: Int) -> [WorkWorker] {
    let fresh = (0..<count).map { _ in WorkWorker() }
    workers += fresh
    return fresh
  }

  /// A worker for one item only.
  func addRetired() -> WorkWorker {
    let worker = WorkWorker()
    _ = worker.retire()
    room.withLock { workers.append(worker) }
    return worker
  }

  func resize(to count: Int) -> (started: [WorkWorker], retired: [WorkWorker]) {
    room.withLock {
      size = count
      if !hasBegun || stops { return ([], []) }
      let active = workers.filter { !$0.isRetired }
      if active.count <= count { return (add(count - active.count), []) }
      // Those that are at work end after their item.
      return ([], active.suffix(active.count - count).filter { $0.retire() })
    }
  }

  /// All workers are to end; returns them.
  func stop() -> [WorkWorker] {
    room.withLock {
      stops = true
      for worker in workers { _ = worker.retire() }
      return workers
    }
  }

  func started(_ worker: WorkWorker, as goroutine: AnyGoroutine) {
    let isCancelled = room.withLock {
      worker.goroutine = goroutine
      return worker.isCancelled || stops
    }
    if isCancelled { goroutine.cancel() }
  }

  func cancel(_ worker: WorkWorker) {
    let goroutine = room.withLock {
      worker.isCancelled = true
      return worker.goroutine
    }
    goroutine?.cancel()
  }

  /// True if it was the last: then there will be none any more.
  func ended(_ worker: WorkWorker) -> Bool {
    room.serve { served in
      workers.removeAll { $0 === worker }
      if !workers.isEmpty { return false }
      while let node = room.popFirst() { served.append(node.granted()) }
      return true
    }
  }

  nonisolated(nonsending)
    func waitUntilEnded() async
  { _ = await room.wait { _ in workers.isEmpty } }
}

/// One worker.
final class WorkWorker: @unchecked Sendable {  // the variables are protected by the crew's lock
  private enum State {
    static let waiting: UInt8 = 0
    static let working: UInt8 = 1
    static let retired: UInt8 = 2
  }
  private let state = Atomic<UInt8>(State.waiting)
  @exclusivity(unchecked) var goroutine: AnyGoroutine?
  @exclusivity(unchecked) var isCancelled = false

  var isRetired: Bool { state.load(ordering: .acquiring) == State.retired }

  /// False if the worker is to end; then it may be cancelled.
  func beginItem() -> Bool { change(from: State.waiting, to: State.working) }

  /// False if the worker is to end.
  func endItem() -> Bool { change(from: State.working, to: State.waiting) }

  private func change(from old: UInt8, to new: UInt8) -> Bool {
    state.compareExchange(expected: old, desired: new, ordering: .acquiringAndReleasing).exchanged
  }

  /// The worker is to end. True if it was waiting for an item, and its goroutine is to be cancelled.
  func retire() -> Bool { state.exchange(State.retired, ordering: .acquiringAndReleasing) == State.waiting }
}
