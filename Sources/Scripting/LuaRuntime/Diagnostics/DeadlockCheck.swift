import LuaShim

extension RuntimeCore {
  /// Called when nothing is left that could wake anybody: Swift's calls then wait for ever.
  ///
  /// On a task of its own, since the caller is a pump on its way into parking.
  func checkForDeadlock() {
    guard calls.all.contains(where: { !$0.call.isCallback }) else { return }
    Task.detached { [self] in
      let isolates = isolates
      // With every inbox held and every pump parked, no isolate can start a turn: their states may be read.
      for isolate in isolates { rv_lock_acquire(isolate.inbox.lock) }
      let isQuiet =
        busy.isQuiet && isolates.allSatisfy { $0.inbox.parked != nil && $0.inbox.isEmpty }
      let stuck = isQuiet ? calls.all.filter { !$0.call.isCallback } : []
      let waits = stuck.isEmpty ? [] : isolates.flatMap { $0.waits() }
      let listeners = isolates.flatMap(\.detectors).filter { $0.isNews(waits) }
      let error = deadlockError(waits, stuck)
      for isolate in isolates.reversed() { rv_lock_release(isolate.inbox.lock) }
      if stuck.isEmpty { return }
      // Whoever asked for it hears of it first, and may even mend it.
      for listener in listeners { listener.report(stall: waits) }
      if !listeners.isEmpty { return }
      for entry in stuck {
        entry.isolate.post { isolate in
          isolate.core.calls.remove(entry.call)
          isolate.watchers[entry.call.goroutine] = nil
          entry.call.finish(.failure(error))
        }
      }
    }
  }

  private func deadlockError(
    _ waits: [Wait], _ stuck: [(call: HostCall, isolate: Isolate)]
  ) -> LuaError {
    var position = ""
    for wait in waits {
      let call = stuck.first { GoroutineID($0.isolate, $0.call.goroutine) == wait.goroutine }?.call
      if let call, position.isEmpty || call.name == "main", let at = wait.place { position = at + ": " }
    }
    let shown = waits.prefix(100).map { "\n  \($0.label) \($0.text)" }.joined()
    let rest = waits.count > 100 ? "\n  and \(waits.count - 100) more" : ""
    return LuaError(.deadlock, "\(position)deadlock: every goroutine waits for ever\(shown)\(rest)")
  }
}
