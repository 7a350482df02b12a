import CRevoada
import CoreMetrics
import RevoadaInstruments
import RevoadaResilience
import RevoadaScheduling

/// What is behind a batch processor; goroutines and timers keep it, so that a processor that is released still delivers.
@usableFromInline
final class BatchCore<Item: Sendable>: @unchecked Sendable {
  // Sendable: all that changes is protected by the lock of `room`.

  @usableFromInline let name: String
  private let options: BatchOptions
  /// What is wrong with the options; every add throws it.
  private let misconfiguration: InvalidSetting?
  private let sink: @Sendable ([Item]) async throws -> Void
  private let onFailure: (@Sendable (Item, any Error) -> Void)?
  private let instruments: Instruments
  private let deliveries: Counter?
  private let failures: Counter?
  private let sinkTime: Timer?

  /// The lock, and the queue of adds that wait.
  private let room = WaitingRoom()
  @usableFromInline let lock: UnsafeMutablePointer<crv_lock>
  /// Those who wait until a batch is settled, under the same lock; each node's amount is the number of the batch.
  private let flushers = UnsafeMutablePointer<WaitQueue>.allocate(capacity: 1)
  @exclusivity(unchecked) @usableFromInline var state: BatchState<Item>
  /// Where the sink runs: where the first item of the batch came from. A timer's thread is nobody's home.
  @exclusivity(unchecked) private var home: GoroutineHome?

  init(
    name: String, options: BatchOptions, onFailure: (@Sendable (Item, any Error) -> Void)?,
    sink: @escaping @Sendable ([Item]) async throws -> Void
  ) {
    self.name = name
    self.options = options
    self.sink = sink
    self.onFailure = onFailure
    var misconfiguration: InvalidSetting?
    do throws(InvalidSetting) { try options.validate(name) } catch { misconfiguration = error }
    self.misconfiguration = misconfiguration
    instruments = Instruments(kind: "batch_processor", name: name)
    deliveries = instruments.counter("delivered")
    failures = instruments.counter("failed")
    sinkTime = instruments.timer("sink_seconds")
    lock = room.lock
    // In batches of one every add has something to decide: it finds the misconfiguration.
    state = BatchState(size: misconfiguration == nil ? options.size : 1, parallel: options.parallel)
    flushers.initialize(to: WaitQueue())
  }

  deinit { flushers.deallocate() }

  /// What is to be done once the lock is released.
  private struct Actions {
    var wakeups = Wakeups()
    var batches: [BatchState<Item>.Batch] = []
    var home: GoroutineHome?
    var timer: Int64?
  }

  private func locked<R>(_ body: (inout Actions) -> R) -> R {
    var actions = Actions()
    crv_lock_acquire(lock)
    let result = body(&actions)
    crv_lock_release(lock)
    perform(actions)
    return result
  }

  private func perform(_ actions: Actions) {
    actions.wakeups.wakeAll()
    if let delay = actions.timer {
      Timers.current.schedule(after: delay) { [weak self] in self?.timeIsUp() }
    }
    for batch in actions.batches {
      spawnDetached(name: "\(name)-sink", home: actions.home ?? .current) { [self] in await deliver(batch) }
    }
  }

  // MARK: Adding

  /// An add that may have something to decide; called with the lock held, which it releases.
  @usableFromInline
  nonisolated(nonsending)
    func addSlowly(_ item: Item) async throws
  {
    if let misconfiguration {
      crv_lock_release(lock)
      throw misconfiguration
    }
    if state.isClosed {
      crv_lock_release(lock)
      throw BatchClosed(processor: name, item: item)
    }
    if !state.isFull {
      var actions = Actions()
      append(item, &actions)
      cutBatches(&actions)
      crv_lock_release(lock)
      return perform(actions)
    }
    // The sink is slow: wait until the item has been taken out of this node.
    let node = WaitNode.take()
    node.prepareSlot(for: Item.self)
    node.slot(for: Item.self).initialize(to: item)
    await node.park(in: room.queue, lock: lock)
    let outcome = node.pointee.outcome
    if outcome == .granted { return node.recycle() }
    let back = node.slot(for: Item.self).move()
    node.recycle()
    if outcome == .cancelled { throw CancellationError() }
    throw BatchClosed(processor: name, item: back)
  }

  private func append(_ item: Item, _ actions: inout Actions) {
    let isFirst = state.append(item, at: options.interval == nil ? 0 : Timers.current.now)
    if !isFirst { return }
    home = .current
    if let interval = options.interval, !state.hasTimer {
      state.hasTimer = true
      actions.timer = interval.nanoseconds
    }
  }

  /// Cuts what can be cut, and lets waiting adds fill the room that this makes.
  private func cutBatches(_ actions: inout Actions) {
    repeat {
      while let batch = state.cut() {
        actions.home = home
        actions.batches.append(batch)
      }
      while !state.isFull, let node = room.popFirst() {
        append(node.slot(for: Item.self).move(), &actions)
        actions.wakeups.append(node.granted())
      }
    } while state.isFull && state.batchesInSink < options.parallel
  }

  /// One timer per processor: where it comes too early for the present buffer, it comes again.
  private func timeIsUp() {
    let now = Timers.current.now
    locked { actions in
      state.hasTimer = false
      guard let interval = options.interval, !state.buffer.isEmpty else { return }
      let (deadline, overflow) = state.startedAt.addingReportingOverflow(interval.nanoseconds)
      if overflow || now < deadline {
        state.hasTimer = true
        actions.timer = overflow ? .max : deadline - now
      } else {
        state.makeDue()
        cutBatches(&actions)
      }
    }
  }

  // MARK: Delivering

  /// Gives batches to the sink as long as there are some.
  private func deliver(_ first: BatchState<Item>.Batch) async {
    var next: BatchState<Item>.Batch? = first
    while let batch = next {
      let timers = Timers.current
      let began = timers.now
      var failed: [Int: any Error] = [:]
      do {
        try await sink(batch.items)
      } catch let error as BatchItemErrors {
        failed = error.failures.filter { batch.items.indices.contains($0.key) }
      } catch {
        for index in batch.items.indices { failed[index] = error }
      }
      sinkTime?.record(.nanoseconds(timers.now - began))
      report(failed, of: batch)
      next = settle(batch, failed: failed.count)
    }
  }

  private func report(_ failed: [Int: any Error], of batch: BatchState<Item>.Batch) {
    deliveries?.increment(by: batch.items.count - failed.count)
    if failed.isEmpty { return }
    failures?.increment(by: failed.count)
    instruments.logger.warning(
      "\(failed.count) of \(batch.items.count) items failed",
      metadata: ["batch": "\(batch.number)", "error": "\(failed.first!.value)"])
    for (index, error) in failed.sorted(by: { $0.key < $1.key }) { onFailure?(batch.items[index], error) }
  }

  /// The next batch for the same goroutine.
  private func settle(_ batch: BatchState<Item>.Batch, failed: Int) -> BatchState<Item>.Batch? {
    locked { actions in
      state.settle(batch, failed: failed)
      cutBatches(&actions)
      while let node = flushers.pointee.popFirst(where: { $0.pointee.amount <= state.settledThrough }) {
        actions.wakeups.append(node.granted())
      }
      return actions.batches.popLast()
    }
  }

  // MARK: Flushing and closing

  nonisolated(nonsending)
    func flush() async throws
  {
    let target = locked { actions in
      let target = state.lastBatch
      state.makeDue()
      cutBatches(&actions)
      return target
    }
    crv_lock_acquire(lock)
    if state.settledThrough >= target { return crv_lock_release(lock) }
    let node = WaitNode.take()
    node.pointee.amount = target
    await node.park(in: flushers, lock: lock)
    let outcome = node.pointee.outcome
    node.recycle()
    if outcome == .cancelled { throw CancellationError() }
  }

  func close() {
    let isFirst = locked { actions in
      if state.isClosed { return false }
      state.isClosed = true
      while let node = room.popFirst() { actions.wakeups.append(node.granted(.closed)) }
      state.makeDue()
      cutBatches(&actions)
      return true
    }
    if isFirst { instruments.logger.debug("closed") }
  }

  var statistics: BatchStats {
    let waiting = room.queue
    return room.withLock {
      BatchStats(
        name: name, added: state.added, delivered: state.delivered, failed: state.failed,
        inSink: state.inSink,
        buffered: state.buffer.count, waiting: waiting.pointee.count, batches: state.cuts)
    }
  }
}
