import Synchronization

/// The queue of jobs that come from outside the workers, or that did not fit into a worker's own queue.
final class Injector: @unchecked Sendable {  // `jobs` and `head` are protected by `lock`
  private let lock = Lock()
  private var jobs: [JobWord] = []
  private var head = 0
  /// Jobs queued; read without the lock to skip it when there are none.
  private let size = Atomic<Int>(0)

  var isEmpty: Bool { size.load(ordering: .sequentiallyConsistent) == 0 }

  func push(_ job: JobWord) {
    lock.withLock {
      jobs.append(job)
      _ = size.add(1, ordering: .sequentiallyConsistent)
    }
  }

  /// Moves a worker's share of the queue: returns the oldest job and hands the others to `keep`.
  func popShare(of workers: Int, limit: Int, keep: (JobWord) -> Void) -> JobWord {
    if isEmpty { return 0 }
    return lock.withLock {
      let available = jobs.count - head
      if available == 0 { return 0 }
      let taken = min(available, max(1, available / workers), limit)
      let first = jobs[head]
      for index in head + 1..<head + taken { keep(jobs[index]) }
      head += taken
      _ = size.subtract(taken, ordering: .sequentiallyConsistent)
      if head == jobs.count {
        jobs.removeAll(keepingCapacity: jobs.capacity <= 4096)
        head = 0
      } else if head > 1024, head > jobs.count / 2 {
        jobs.removeFirst(head)
        head = 0
      }
      return first
    }
  }
}
