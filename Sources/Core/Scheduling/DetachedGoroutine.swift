import CRevoada

/// Which scheduler goroutines started here run on; noted by those who start goroutines later and elsewhere, from a timer
/// or a `deinit`.
package struct GoroutineHome: Sendable {
  fileprivate let executor: (any TaskExecutor)?

  /// The home of goroutines that the calling code starts.
  package static var current: GoroutineHome { GoroutineHome(executor: AnyGoroutine.executor) }
}

/// Starts a goroutine that inherits no task-local values: a worker that serves many, none of whose context may cling to it.
@discardableResult
package func spawnDetached<Success: Sendable>(
  name: String? = nil, home: GoroutineHome = .current, fileID: StaticString = #fileID, line: UInt = #line,
  _ body: sending @escaping () async throws -> Success
) -> Goroutine<Success> {
  let goroutine = Goroutine<Success>(name: name, site: SpawnSite(fileID: fileID, line: line))
  let body = UncheckedTransfer(body)
  if let executor = home.executor {
    goroutine.task = Task.detached(executorPreference: executor) { await goroutine.run(body) }
  } else {
    goroutine.task = Task.detached { await goroutine.run(body) }
  }
  return goroutine
}

/// Whether the current task has task-local values.
///
/// Long-lived workers run most tasks of a pool as they are; only a task whose submitter has values (a trace, logger
/// metadata) needs a goroutine of its own to carry them. The runtime has no call that tells, but a task keeps
/// its values in a list, whose head is found once by binding a value of ours and looking which word of the task now
/// points to it. Where that finds nothing, because a runtime lays its tasks out in another way, the answer is always yes.
package enum TaskLocals {
  @TaskLocal private static var probe = 0

  package static var areBound: Bool {
    guard let task = crv_current_task(), let head else { return true }
    return task.assumingMemoryBound(to: UInt.self)[head] != 0
  }

  /// The words of a task that are searched: behind the job's header, and within the smallest task.
  private static let searched = 8..<23

  /// Which word of a task is the head of the list. First asked for within a task.
  private static let head: Int? = {
    guard let task = crv_current_task() else { return nil }
    let words = UnsafePointer(task.assumingMemoryBound(to: UInt.self))
    let before = searched.map { words[$0] }
    let key = UInt(bitPattern: Unmanaged.passUnretained($probe).toOpaque())
    return $probe.withValue(1) {
      // Words that have changed may be anything (the allocator's counters are among them), so what they point to is read with care.
      // An item is: next, key, type, value.
      zip(searched, before).first { index, old in
        let word = words[index]
        guard word != old, word % 8 == 0 else { return false }
        var itemKey: UInt = 0
        return crv_peek(word &+ 8, &itemKey) && itemKey == key
      }?.0
    }
  }()
}
