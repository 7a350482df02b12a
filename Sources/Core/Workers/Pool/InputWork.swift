import RevoadaChannels
import RevoadaScheduling

/// What a worker does as long as inputs without tasks have their turn.
///
/// Bodies that cannot suspend are called for several inputs in a row, at most 16 and only while they are quick: they share the locks of the
/// pool and of the results. A slow one delays those that were taken with it, once.
@usableFromInline
struct InputWork<Input: Sendable, Output: Sendable>: Sendable {
  @usableFromInline let inputs: InputRing<Input>
  @usableFromInline let results: Channel<Outcome<Input, Output>>
  @usableFromInline let body: PoolBody<Input, Output>

  @inlinable
  init(
    _ inputs: InputRing<Input>, _ results: Channel<Outcome<Input, Output>>, _ body: PoolBody<Input, Output>
  ) {
    self.inputs = inputs
    self.results = results
    self.body = body
  }

  @inlinable
  nonisolated(nonsending)
    func callAsFunction(_ core: PoolCore, _ worker: PoolWorker) async -> PoolCore.Next
  {
    let batch = InputBatch<Input, Output>()
    let clock = PoolClock()
    var began = clock.now
    guard core.beginInputs(worker) else { return .look }
    while true {
      let (count, firstID) = core.startInputs(worker)
      for index in 0..<count { (batch.inputs + index).initialize(to: inputs.popFirst()) }
      core.releaseInputs()

      let start = began
      var failures: [(index: Int, error: any Error)] = []
      for index in 0..<count {
        let input = (batch.inputs + index).move()
        let result: Result<Output, any Error>
        do {
          switch body {
          case .quick(let body): result = .success(try body(input))
          case .suspending(let body): result = .success(try await body(input))
          }
        } catch {
          result = .failure(error)
          failures.append((index, error))
        }
        // The next one begins when this one ends: one look at the clock for each.
        let ended = clock.now
        let duration = ended &- began
        began = ended
        (batch.durations + index).initialize(to: duration)
        (batch.outcomes + index).initialize(
          to: Outcome(
            id: firstID &+ UInt64(index), input: input, result: result, attempts: 1,
            duration: .nanoseconds(duration)))
      }
      if case .quick = body {
        let isQuick = began &- start < Int64(count) &* InputBatch<Input, Output>.quick
        worker.batch = isQuick ? min(2 &* worker.batch, InputBatch<Input, Output>.room) : 1
      }

      let ended = EndedInputs(
        firstID: firstID, durations: UnsafeBufferPointer(start: batch.durations, count: count),
        failures: failures)
      let sent = max(0, results.trySend(from: batch.outcomes, count: count))
      if sent < count {
        if core.beginDelivery(of: nil, by: worker) {
          core.deliverForCancelled(ended, worker) { await batch.deliver(sent..<count, to: results) }
          return .retire
        }
        await batch.deliver(sent..<count, to: results)
        began = clock.now
      }
      // `ended` points into the batch.
      if let next = withExtendedLifetime(batch, { core.finishInputs(ended, worker) }) { return next }
    }
  }
}

/// Memory for the inputs that a worker has taken together.
@usableFromInline
final class InputBatch<Input: Sendable, Output: Sendable>: @unchecked Sendable {  // has one owner at a time
  /// How many nanoseconds a body takes at most that is called for several inputs in a row.
  @inlinable static var quick: Int64 { 1000 }
  @inlinable static var room: Int { 16 }

  @usableFromInline let inputs: UnsafeMutablePointer<Input>
  @usableFromInline let outcomes: UnsafeMutablePointer<Outcome<Input, Output>>
  @usableFromInline let durations: UnsafeMutablePointer<Int64>

  @inlinable
  init() {
    inputs = .allocate(capacity: Self.room)
    outcomes = .allocate(capacity: Self.room)
    durations = .allocate(capacity: Self.room)
  }

  @inlinable
  deinit {
    inputs.deallocate()
    outcomes.deallocate()
    durations.deallocate()
  }

  /// Moves outcomes to the results, waiting for their reader.
  @inlinable
  nonisolated(nonsending)
    func deliver(_ range: Range<Int>, to results: Channel<Outcome<Input, Output>>) async
  {
    for index in range { _ = await results.offer((outcomes + index).move()) }
  }
}

/// The time by which workers measure; kept, because finding it costs as much as reading it.
@usableFromInline
struct PoolClock {
  private let timers: Timers

  @usableFromInline
  init() { timers = .current }

  @usableFromInline var now: Int64 { timers.now }
}
