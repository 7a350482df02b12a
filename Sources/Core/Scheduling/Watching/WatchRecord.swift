import CRevoada

/// What is noted of one watched goroutine. It lies behind the goroutine's cell, which is of the larger kind then.
package struct WatchRecord {
  // Links are protected by the shard's lock; `goroutine` is listed only while it lives.
  var next: WatchRecordPointer?
  var previous: WatchRecordPointer?
  let goroutine: Unmanaged<AnyGoroutine>
  /// By what the goroutine is known as a holder.
  package let holder: UInt

  /// The time that goroutines of one simulation or script share; nil for real time.
  package let world: Timers?
  /// The time limit that it was spawned under.
  package let deadline: Deadline?
  package let scope: WatchScope?
  /// By its timers; nil while nobody measured.
  let spawnedAt: Int64?

  /// For those who look at waits, one at a time: tells the present wait from earlier ones.
  package var wait = WaitIdentity()

  init(of goroutine: AnyGoroutine, in cell: GoroutineCellPointer, spawnedAt: Int64?) {
    self.goroutine = .passUnretained(goroutine)
    holder = UInt(bitPattern: cell)
    self.spawnedAt = spawnedAt
    world = crv_current_host() == nil ? nil : Timers.current
    // Looking for a task-local value costs as much as all the rest; most tasks have none.
    let hasValues = TaskLocals.areBound
    deadline = hasValues ? Deadline.innermostNow : nil
    scope = hasValues ? Watching.scope : nil
  }
}

/// Which wait of its goroutine it is.
package struct WaitIdentity: Equatable, Sendable {
  /// The node or state that was seen last, and its generation.
  package var place: UInt = 0
  package var generation: UInt = 0
  /// Counts the waits that were seen.
  package var serial: UInt64 = 0

  package init() {}

  /// Notes where the goroutine was found, and counts unless that is the wait of before.
  package mutating func see(_ place: UInt, _ generation: UInt, again: Bool) {
    if again && place == self.place && generation == self.generation { return }
    self.place = place
    self.generation = generation
    serial &+= 1
  }
}

package typealias WatchRecordPointer = UnsafeMutablePointer<WatchRecord>

extension WatchRecordPointer {
  /// By offset: the thread sanitizer takes a change through `pointee` for one of the links, which are not ours.
  package var wait: UnsafeMutablePointer<WaitIdentity> {
    (UnsafeMutableRawPointer(self) + MemoryLayout<WatchRecord>.offset(of: \.wait).unsafelyUnwrapped)
      .assumingMemoryBound(to: WaitIdentity.self)
  }
}

extension UnsafeMutablePointer<GoroutineCell> {
  /// Where the record of a watched goroutine is.
  var record: WatchRecordPointer {
    (UnsafeMutableRawPointer(self) + GoroutineCell.watchedOffset).assumingMemoryBound(to: WatchRecord.self)
  }
}

extension GoroutineCell {
  fileprivate static var watchedOffset: Int {
    max(MemoryLayout<GoroutineCell>.stride, MemoryLayout<WatchRecord>.alignment)
  }

  /// A cell with room for a record.
  static func takeWatched() -> GoroutineCellPointer {
    if let worker = WorkerPointer.current, let cell = worker.pointee.watchedCells.take() { return cell }
    if let cell = watched.take() { return cell }
    let memory = UnsafeMutableRawPointer.allocate(
      byteCount: watchedOffset + MemoryLayout<WatchRecord>.stride, alignment: 16)
    let cell = memory.bindMemory(to: GoroutineCell.self, capacity: 1)
    cell.initialize(to: GoroutineCell())
    return cell
  }

  /// Gives it back.
  static func keepWatched(_ cell: GoroutineCellPointer) {
    cell.record.deinitialize(count: 1)
    if let worker = WorkerPointer.current, worker.pointee.watchedCells.keep(cell) { return }
    watched.keep(cell)
  }

  static let watched = SharedFreeList<GoroutineCell>()
}

/// Some of the watched goroutines: those whose number ends alike. Flat memory that is never freed: an object would be retained and
/// released at each spawn and end.
struct WatchShard {
  fileprivate var first: WatchRecordPointer?
  /// Protects `first` and the links of the records.
  fileprivate var lock = crv_lock()

  /// One does not share its cache line with the next one.
  private static let distance = 64

  /// Makes so many, one behind the other.
  static func make(_ count: Int) -> UnsafeMutableRawPointer {
    let memory = UnsafeMutableRawPointer.allocate(byteCount: count * distance, alignment: distance)
    for index in 0..<count { at(index, of: memory).initialize(to: WatchShard()) }
    return memory
  }

  static func at(_ index: Int, of memory: UnsafeMutableRawPointer) -> UnsafeMutablePointer<WatchShard> {
    (memory + index &* distance).assumingMemoryBound(to: WatchShard.self)
  }
}

extension UnsafeMutablePointer<WatchShard> {
  func insert(_ record: WatchRecordPointer) {
    withLock {
      record.pointee.next = pointee.first
      pointee.first?.pointee.previous = record
      pointee.first = record
    }
  }

  func remove(_ record: WatchRecordPointer) {
    withLock {
      if let previous = record.pointee.previous {
        previous.pointee.next = record.pointee.next
      } else {
        pointee.first = record.pointee.next
      }
      record.pointee.next?.pointee.previous = record.pointee.previous
    }
  }

  /// Retained: a listed goroutine has not ended, so its task still keeps it.
  var goroutines: [AnyGoroutine] {
    withLock {
      var found: [AnyGoroutine] = []
      var next = pointee.first
      while let record = next {
        found.append(record.pointee.goroutine.takeUnretainedValue())
        next = record.pointee.next
      }
      return found
    }
  }

  @inline(__always)
  private func withLock<R>(_ body: () -> R) -> R {
    // By offset: see ARCHITECTURE.md, "Rules".
    let lock = (UnsafeMutableRawPointer(self) + MemoryLayout<WatchShard>.offset(of: \.lock).unsafelyUnwrapped)
      .assumingMemoryBound(to: crv_lock.self)
    crv_lock_acquire(lock)
    defer { crv_lock_release(lock) }
    return body()
  }
}
