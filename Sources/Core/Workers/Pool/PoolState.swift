/// The numbers of a pool: who runs, what waits, what has been. Protected by the pool's lock.
struct PoolState: ~Copyable {
  /// How many tasks may run at once.
  var workers: Int
  private let capacity: Int?
  var queue: FairQueue<AnyPoolTask>
  /// Whether a worker has been called to look for something to do, and has not yet.
  var isCalling = false
  var isClosed = false

  /// The workers that exist, by number.
  private(set) var slots: [PoolWorker?] = []
  private(set) var alive = 0
  /// Workers that have a task, or have just had one and look for the next.
  var busy = 0

  // The ledger: submitted == completed + failed + dropped + queued + active.
  private(set) var submitted = 0
  private(set) var completed = 0
  private(set) var failed = 0
  private(set) var dropped = 0
  private(set) var queued = 0
  private(set) var active = 0

  private(set) var runTimes = RunTimes()
  private(set) var perWorker: [Int] = []
  private(set) var load = LoadMeter()
  /// Identities that are set aside for inputs without tasks.
  private var ids: Range<UInt64> = 0..<0
  /// Whether the goroutine that adapts the number of workers is at work.
  var isWatched = false

  init(workers: Int, capacity: Int?, queue: consuming FairQueue<AnyPoolTask>) {
    self.workers = workers
    self.capacity = capacity
    self.queue = queue
  }

  /// Whether nothing waits and nothing runs.
  var isIdle: Bool { active + queued == 0 }

  /// Whether one more task may be queued. Those that a free worker is about to take do not count.
  var hasRoom: Bool {
    guard let capacity else { return true }
    return active + queued - workers < capacity
  }

  /// Whether a task of this key would be run at once.
  func canStart(_ key: PoolKey?) -> Bool { busy < workers && (key == nil || queue.mayRun(key?.value)) }

  // MARK: A task's life

  /// The pool has taken the task, or an input without one.
  mutating func accept(_ task: AnyPoolTask?) {
    task?.phase = .queued
    submitted += 1
    queued += 1
  }

  mutating func start(_ task: AnyPoolTask, in lane: FairQueue<AnyPoolTask>.Lane?, at now: Int64) {
    task.phase = .running
    task.lane = lane
    task.startedAt = now
    queued -= 1
    active += 1
    load.start(at: now, waited: now - task.submittedAt)
  }

  mutating func finish(_ task: AnyPoolTask, at now: Int64, duration: Int64, hasFailed: Bool) {
    task.phase = .ended
    active -= 1
    load.finish(startedAt: task.startedAt, at: now)
    if let lane = task.lane {
      queue.finished(lane)
      task.lane = nil
    }
    if hasFailed { failed += 1 } else { completed += 1 }
    runTimes.add(duration)
    if let worker = task.worker {
      perWorker[worker.index] += 1
      worker.task = nil
    }
  }

  // Of the inputs that a worker takes together, the first counts as running and the others as queued until all have ended.

  /// A worker takes inputs that have their turn.
  /// - Returns: how many, and the first of their identities.
  mutating func startInputs(_ worker: PoolWorker, limit: Int) -> (count: Int, firstID: UInt64) {
    let count = queue.popCounted(limit: limit)
    if count == 0 { return (0, 0) }
    if ids.count < count { ids = AnyPoolTask.nextIDs() }
    let first = ids.lowerBound
    ids = (first &+ UInt64(count))..<ids.upperBound
    worker.hasInputs = true
    queued -= 1
    active += 1
    return (count, first)
  }

  mutating func finishInputs(_ worker: PoolWorker, durations: UnsafeBufferPointer<Int64>, failures: Int) {
    worker.hasInputs = false
    active -= 1
    queued -= durations.count - 1
    failed += failures
    completed += durations.count - failures
    for duration in durations { runTimes.add(duration) }
    perWorker[worker.index] += durations.count
  }

  /// A queued task will never run.
  mutating func drop(_ task: AnyPoolTask) {
    task.phase = .ended
    queued -= 1
    dropped += 1
  }

  /// No queued task will ever run.
  /// - Parameter makeTasks: makes tasks of the first so many inputs that have none.
  mutating func dropAll(_ makeTasks: (Int) -> [AnyPoolTask]) -> [AnyPoolTask] {
    let taken = queue.drain(makeTasks).filter { task in
      if task.phase == .queued { return true }
      task.phase = .ended  // its submit has just been given up
      return false
    }
    for task in taken { drop(task) }
    return taken
  }

  /// A task that was never taken leaves the queue.
  mutating func withdraw(_ task: AnyPoolTask) {
    task.phase = .ended
    queue.noteWithdrawal()
  }

  /// The longest wait of a task that was started since the last call.
  mutating func takeLongestWait() -> Int64 { load.takeLongestWait() }

  // MARK: Workers

  mutating func addWorker() -> PoolWorker {
    let index = slots.firstIndex { $0 == nil } ?? slots.count
    let worker = PoolWorker(index: index)
    if index == slots.count { slots.append(worker) } else { slots[index] = worker }
    if index == perWorker.count { perWorker.append(0) }
    alive += 1
    return worker
  }

  mutating func remove(_ worker: PoolWorker) {
    slots[worker.index] = nil
    alive -= 1
  }
}

/// How busy a pool is, and how long its tasks wait.
struct LoadMeter {
  private var finished: Int64 = 0
  private var startTimes: Int128 = 0
  private var active = 0
  /// The longest wait of a task that was started since ``takeLongestWait()``.
  private var longestWait: Int64 = 0

  mutating func start(at now: Int64, waited: Int64) {
    active += 1
    startTimes += Int128(now)
    longestWait = max(longestWait, waited)
  }

  mutating func finish(startedAt: Int64, at now: Int64) {
    active -= 1
    startTimes -= Int128(startedAt)
    finished &+= now &- startedAt
  }

  /// The time that workers have spent on tasks until `now`, those in progress included.
  func busyTime(at now: Int64) -> Int64 {
    finished &+ Int64(truncatingIfNeeded: Int128(active) * Int128(now) - startTimes)
  }

  mutating func takeLongestWait() -> Int64 {
    defer { longestWait = 0 }
    return longestWait
  }
}
