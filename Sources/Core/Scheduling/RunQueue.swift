import Synchronization

/// A job of the Swift runtime as a word; 0 is none.
///
/// Bit 0 tells a job that asked for this scheduler by a task-executor preference: the runtime wants to be
/// told so when the job runs, or it would hop again at each suspension. (Jobs are aligned to 16 bytes.)
typealias JobWord = UInt

/// One worker's queue of jobs: pushed and popped by its owner, stolen from by the other workers.
///
/// A bounded ring with a single producer and many consumers, after the Go runtime's `runqput`, `runqget` and
/// `runqgrab` (proc.go): the owner publishes by a release of `tail`, consumers claim by a compare-and-swap on `head`.
struct RunQueue: ~Copyable {
  static let capacity: UInt32 = 256

  private let head = Atomic<UInt32>(0)
  private let tail = Atomic<UInt32>(0)
  // Flat memory for atomics that thieves read while the owner writes; freed with the queue.
  private let slots: UnsafeMutablePointer<Atomic<JobWord>>

  init() {
    slots = .allocate(capacity: Int(Self.capacity))
    for index in 0..<Int(Self.capacity) { (slots + index).initialize(to: Atomic(0)) }
  }
  deinit { slots.deallocate() }

  /// The number of queued jobs; exact for the owner, a snapshot for others.
  var count: Int {
    let head = head.load(ordering: .acquiring)
    let tail = tail.load(ordering: .acquiring)
    return max(0, Int(Int32(bitPattern: tail &- head)))
  }

  /// Appends a job; false when the ring is full. Owner only.
  @inline(__always)
  borrowing func push(_ job: JobWord) -> Bool {
    let tail = tail.load(ordering: .relaxed)
    guard tail &- head.load(ordering: .acquiring) < Self.capacity else { return false }
    slots[Int(tail % Self.capacity)].store(job, ordering: .relaxed)
    self.tail.store(tail &+ 1, ordering: .releasing)
    return true
  }

  /// Takes the oldest job, 0 if there is none. Owner only.
  @inline(__always)
  borrowing func pop() -> JobWord {
    var head = head.load(ordering: .acquiring)
    while head != tail.load(ordering: .relaxed) {
      let job = slots[Int(head % Self.capacity)].load(ordering: .relaxed)
      let (won, current) = self.head.compareExchange(
        expected: head, desired: head &+ 1, ordering: .acquiringAndReleasing)
      if won { return job }
      head = current
    }
    return 0
  }

  /// Moves half of the jobs (the oldest) into `thief`, and returns one of them, 0 if there was none.
  /// Called by the owner of `thief`, whose queue is empty.
  borrowing func stealHalf(into thief: borrowing RunQueue) -> JobWord {
    while true {
      let head = head.load(ordering: .acquiring)
      let available = tail.load(ordering: .acquiring) &- head
      // More than the ring holds: head and tail were read at different times.
      if available > Self.capacity { continue }
      let taken = available - available / 2
      if taken == 0 { return 0 }
      let base = thief.tail.load(ordering: .relaxed)
      for offset in 0..<taken {
        let job = slots[Int((head &+ offset) % Self.capacity)].load(ordering: .relaxed)
        thief.slots[Int((base &+ offset) % Self.capacity)].store(job, ordering: .relaxed)
      }
      guard
        self.head.compareExchange(
          expected: head, desired: head &+ taken, ordering: .acquiringAndReleasing
        ).exchanged
      else { continue }
      let last = taken - 1
      if last > 0 { thief.tail.store(base &+ last, ordering: .releasing) }
      return thief.slots[Int((base &+ last) % Self.capacity)].load(ordering: .relaxed)
    }
  }

  /// Takes half of a full ring (the oldest jobs), to make room. Owner only.
  borrowing func takeHalf(_ body: (JobWord) -> Void) {
    for _ in 0..<Self.capacity / 2 {
      let job = pop()
      if job == 0 { return }
      body(job)
    }
  }
}
