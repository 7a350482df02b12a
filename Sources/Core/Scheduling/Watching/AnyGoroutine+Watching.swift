import CRevoada

extension AnyGoroutine {
  /// Lists a new goroutine that is to be watched.
  final func beginWatch(_ cell: GoroutineCellPointer) {
    let now = Watching.isObserved ? Timers.current.now : nil
    cell.record.initialize(to: WatchRecord(of: self, in: cell, spawnedAt: now))
    Watching.shard(of: self).insert(cell.record)
    if let now { for observer in Watching.currentObservers { observer.spawned(self, at: now) } }
  }

  /// Takes it off the list when it has ended.
  final func endWatch(_ cell: GoroutineCellPointer) {
    Watching.shard(of: self).remove(cell.record)
    guard let spawnedAt = cell.record.pointee.spawnedAt else { return }
    let observers = Watching.currentObservers
    if observers.isEmpty { return }
    let lifetime = max(0, Timers.current.now - spawnedAt)
    for observer in observers { observer.ended(self, ending, lifetime: lifetime) }
  }

  private final var ending: GoroutineEnding {
    guard let failure else { return .completed }
    return failure is CancellationError ? .cancelled : .failed
  }

  /// Looks at the goroutine while it can neither end nor leave its present wait.
  ///
  /// - Parameter body: must be brief: the goroutine, and whoever cancels it, wait for it. It may take the lock of what the goroutine
  ///   waits for.
  /// - Returns: nil if the goroutine is not watched, has ended, or is just being cancelled.
  package final func observe<R>(_ body: (WatchRecordPointer, ObservedWait) -> R) -> R? {
    guard isWatched, let cell = pinCell() else { return nil }
    defer { unpin(cell) }
    return cell.observe { body(cell.record, $0) }
  }
}

/// What a goroutine was found to do.
package enum ObservedWait {
  /// It runs, or waits for something of Swift's own.
  case none
  /// It waits by a node, which stays as it is while it is looked at.
  case node(Waiter)
  /// It waits for the end of a goroutine, whether or not it is cancelled.
  case ending(of: UInt64)
}

extension UnsafeMutablePointer<GoroutineCell> {
  /// Keeps the goroutine in its wait, if it waits, while `body` looks at it.
  fileprivate func observe<R>(_ body: (ObservedWait) -> R) -> R {
    let word = crv_load_word(&pointee.waiting)
    if let node = Waiter(bitPattern: word), word > GoroutineCell.observed,
      crv_replace_word(&pointee.waiting, word, GoroutineCell.observed)
    {
      defer { crv_store_word(&pointee.waiting, word) }
      return body(.node(node))
    }
    let awaited = crv_load_word(&pointee.awaiting)
    return body(awaited == 0 ? .none : .ending(of: UInt64(awaited)))
  }
}
