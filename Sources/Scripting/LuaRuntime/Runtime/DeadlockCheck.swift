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
      let waiting = isQuiet ? calls.all : []
      let stuck = waiting.filter { !$0.call.isCallback }
      let error = stuck.isEmpty ? nil : deadlockError(isolates, waiting)
      for isolate in isolates.reversed() { rv_lock_release(isolate.inbox.lock) }
      guard let error else { return }
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
    _ isolates: [Isolate], _ stuck: [(call: HostCall, isolate: Isolate)]
  ) -> LuaError {
    var waits: [String] = []
    var position = ""
    for isolate in isolates {
      for wait in isolate.waits() {
        let call = stuck.first { $0.isolate === isolate && $0.call.goroutine == wait.goroutine }?.call
        waits.append("\(call?.name ?? "goroutine \(wait.serial)") \(wait.text)")
        if let call, !call.isCallback, position.isEmpty || call.name == "main", let at = wait.place {
          position = at + ": "
        }
      }
    }
    let shown = waits.prefix(100).map { "\n  " + $0 }.joined()
    let rest = waits.count > 100 ? "\n  and \(waits.count - 100) more" : ""
    return LuaError(.deadlock, "\(position)deadlock: every goroutine waits for ever\(shown)\(rest)")
  }
}

/// A parked goroutine and what it waits for.
struct Wait {
  var goroutine: UInt64
  var serial: UInt32
  /// Such as `waits to receive from channel "jobs" at script.lua:3`.
  var text: String

  /// The script's line.
  var place: String? {
    let words = text.split(separator: " ")
    guard words.count > 1, words[words.count - 2] == "at" else { return nil }
    return String(words[words.count - 1])
  }
}

extension Isolate {
  /// Describes every parked goroutine.
  ///
  /// In a turn, or while the pump is held parked.
  func waits() -> [Wait] {
    var waits: [Wait] = []
    withUnsafeMutablePointer(to: &waits) { list in
      rv_visit_waits(state, list) { visitor, goroutine, serial, text in
        let wait = Wait(goroutine: goroutine, serial: serial, text: String(cString: text))
        visitor.assumingMemoryBound(to: [Wait].self).pointee.append(wait)
      }
    }
    // What the shim cannot know: which function of Swift it is.
    for index in waits.indices {
      guard let call = hosted[waits[index].goroutine]?.name else { continue }
      waits[index].text = waits[index].text.replacing(
        "waits for a native call", with: "waits in \(call)", maxReplacements: 1)
    }
    return waits
  }
}
