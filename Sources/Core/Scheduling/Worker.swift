import CRevoada
import Synchronization

/// One thread of a scheduler: its queue, its slot for the job that runs next, and its loop.
///
/// Flat memory behind a ``WorkerPointer``: on this path, reference counting and dynamic exclusivity checks would cost as
/// much as the work itself. The `var`s are touched by the worker's own thread only.
struct Worker: ~Copyable {
  let index: Int
  let pool: WorkerPoolPointer
  let queue = RunQueue()
  /// The job that was made ready last. It runs next: what it needs is in this core's cache.
  let next = Atomic<JobWord>(0)
  /// Jobs started; others watch it to tell a worker that gets on from one inside a long job.
  let started = Atomic<UInt64>(0)
  /// Recent nanoseconds per job, smoothed.
  let pace = Atomic<UInt64>(0)
  /// 1 while the thread sleeps; its address is what it sleeps on.
  let sleeping: UnsafeMutablePointer<UInt32>

  private var jobs: UInt64 = 0
  /// Jobs taken from the slot in a row.
  private var streak = 0
  private var sampledAt: Int64 = 0
  private var sampledJobs: UInt64 = 0
  private var randomState: UInt64
  /// Recycled wait nodes, linked by `next`.
  private var nodes: Waiter?
  private var nodeCount = 0
  private static let keptNodes = 1024
  var cells = FreeList<GoroutineCell>(limit: 1024)
  var watchedCells = FreeList<GoroutineCell>(limit: 1024)
  var selects = FreeList<SelectState>(limit: 1024)

  init(index: Int, pool: WorkerPoolPointer) {
    self.index = index
    self.pool = pool
    sleeping = .allocate(capacity: 1)
    sleeping.initialize(to: 0)
    randomState = UInt64(index) &* 0x9E37_79B9_7F4A_7C15 | 1
  }
  deinit {
    var kept = nodes
    while let node = kept {
      kept = node.pointee.next
      node.free()
    }
    var (cells, watchedCells, selects) = (cells, watchedCells, selects)
    while let cell = cells.take() { GoroutineCell.shared.keep(cell) }
    while let cell = watchedCells.take() { GoroutineCell.watched.keep(cell) }
    while let state = selects.take() { SelectState.shared.keep(state) }
    sleeping.deallocate()
  }

  /// Jobs waiting here, the slot included.
  var backlog: Int { queue.count + (next.load(ordering: .relaxed) != 0 ? 1 : 0) }

  // MARK: Queueing, on the worker's own thread

  /// Makes a job the next one to run; the one it displaces joins the queue.
  @inline(__always)
  mutating func enqueueNext(_ job: JobWord) {
    let displaced = next.exchange(job, ordering: .acquiringAndReleasing)
    if displaced != 0 { append(displaced) }
    pool.pointee.noticeWork(backlog: queue.count, pace: pace.load(ordering: .relaxed))
  }

  /// Appends a job behind all others of this worker.
  mutating func enqueueLast(_ job: JobWord) {
    append(job)
    pool.pointee.noticeWork(backlog: queue.count, pace: pace.load(ordering: .relaxed))
  }

  private mutating func append(_ job: JobWord) {
    while !queue.push(job) { queue.takeHalf { pool.pointee.injector.push($0) } }
  }

  // MARK: Wait nodes, on the worker's own thread

  @inline(__always)
  mutating func takeNode() -> Waiter? {
    guard let node = nodes else { return nil }
    nodes = node.pointee.next
    nodeCount &-= 1
    return node
  }

  /// False when enough are kept already.
  @inline(__always)
  mutating func keepNode(_ node: Waiter) -> Bool {
    if nodeCount >= Self.keptNodes { return false }
    node.pointee.next = nodes
    nodes = node
    nodeCount &+= 1
    return true
  }

  // MARK: The loop

  /// The next job of this worker or, when it has none and now and then anyway, of the injector.
  @inline(__always)
  fileprivate mutating func takeOwn() -> JobWord {
    jobs &+= 1
    let count = jobs
    started.store(count, ordering: .relaxed)
    if count & 15 == 0 { samplePace() }
    // 61 as in Go: rarely enough to cost nothing, prime so that it does not beat with the workload.
    if count % 61 == 0, !pool.pointee.injector.isEmpty {
      let job = takeInjected()
      if job != 0 { return job }
    }
    if next.load(ordering: .relaxed) != 0 {
      // A pair that keeps waking each other must not starve the queue.
      if streak < 32 || queue.count == 0 {
        let job = next.exchange(0, ordering: .acquiringAndReleasing)
        if job != 0 {
          streak += 1
          return job
        }
      } else {
        let job = next.exchange(0, ordering: .acquiringAndReleasing)
        if job != 0 { append(job) }
      }
    }
    streak = 0
    let job = queue.pop()
    if job != 0 { return job }
    return takeInjected()
  }

  mutating func takeInjected() -> JobWord {
    // No more than fits: `append` on a full queue would give jobs back to the injector, whose lock is held here.
    let limit = max(1, min(Int(RunQueue.capacity / 2), Int(RunQueue.capacity) - queue.count))
    return pool.pointee.injector.popShare(of: pool.pointee.count, limit: limit) { append($0) }
  }

  private mutating func samplePace() {
    let now = crv_now()
    let jobs = jobs &- sampledJobs
    let sample = UInt64(max(0, now - sampledAt)) / max(1, jobs)
    let previous = pace.load(ordering: .relaxed)
    pace.store((previous &* 3 &+ sample) / 4, ordering: .relaxed)
    restartPace(at: now)
  }

  /// Leaves time spent searching or asleep out of the pace.
  mutating func restartPace(at now: Int64) {
    sampledAt = now
    sampledJobs = jobs
  }

  /// A pseudo-random number for choices that need no quality (xorshift64).
  mutating func random(below bound: Int) -> Int {
    var x = randomState
    x ^= x << 13
    x ^= x >> 7
    x ^= x << 17
    randomState = x
    return Int(x % UInt64(bound))
  }
}

/// A worker in its place.
typealias WorkerPointer = UnsafeMutablePointer<Worker>

extension UnsafeMutablePointer<Worker> {
  /// The worker whose thread this is.
  @inline(__always)
  static var current: WorkerPointer? {
    crv_current_worker()?.assumingMemoryBound(to: Worker.self)
  }

  /// The life of a worker's thread.
  func run() {
    crv_set_current_worker(self)
    crv_set_current_timers(pointee.pool.pointee.timers.toOpaque())
    pointee.restartPace(at: crv_now())
    let pool = pointee.pool
    while true {
      var job = pointee.takeOwn()
      if job == 0 { job = pool.search(for: self) }
      if job == 0 {
        if pool.park(self) { continue }
        break
      }
      pool.pointee.run(job)
    }
    crv_set_current_worker(nil)
  }
}
