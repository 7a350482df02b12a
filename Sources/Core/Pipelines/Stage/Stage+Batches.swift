import RevoadaChannels

/// What cannot suspend and is quick is done in batches: one look at the clock, one lock to take the elements and one to hand
/// them on, for up to 16 of them.
///
/// Only what cannot suspend: an element that waits for something must not hold up those before it, which are done,
/// and those behind it, which another worker could do.
extension Stage {
  @usableFromInline typealias QuickBody = @Sendable (Input) throws -> StageOutput<Output>

  /// No more than the next stage's buffer holds: whoever asks for small buffers wants few elements on their way.
  @usableFromInline
  var largestBatch: Int { min(16, max(1, record.options.buffer)) }

  @inlinable
  nonisolated(nonsending)
    func workInBatches(_ body: QuickBody, _ meter: WorkerMeter) async
  {
    var inputs = Batch<Input>(capacity: largestBatch)
    var outputs = Batch<Output>(capacity: largestBatch)
    var limit = 1
    while !run.isStopping, await inputs.fill(limit, from: input, meter) {
      let isQuick = await process(&inputs, body, &outputs, meter)
      limit = isQuick ? min(limit &* 2, largestBatch) : 1
      if !outputs.isEmpty { await outlet.send(&outputs, meter) }
    }
  }

  /// - Returns: whether it was quick.
  @inlinable
  nonisolated(nonsending)
    func process(
      _ inputs: inout Batch<Input>, _ body: QuickBody, _ outputs: inout Batch<Output>, _ meter: WorkerMeter
    ) async -> Bool
  {
    var done = 0
    while !inputs.isEmpty {
      let element = inputs.removeFirst()
      do {
        switch try body(element) {
        case .one(let output): outputs.append(output)
        case .none: meter.filtered()
        case .many(let several):
          meter.multiplied(into: several.count)
          for output in several { outputs.append(output) }
        case .batch: break  // only made here
        }
        done &+= 1
      } catch {
        if done > 0 { _ = meter.processed(done) }
        done = 0
        // What came before the element that stops everything is handed on before that.
        if record.options.onError == .stop, order == nil, !outputs.isEmpty {
          await outlet.send(&outputs, meter)
        }
        failed(element, error, meter)
        if run.isStopping { handOver(&inputs, meter) }
      }
    }
    return done > 0 && meter.processed(done) < 1_000
  }

  /// The run was stopped in the middle of a batch.
  @usableFromInline
  func handOver(_ inputs: inout Batch<Input>, _ meter: WorkerMeter) {
    while !inputs.isEmpty {
      meter.undelivered()
      run.undelivered.takeEnded(inputs.removeFirst(), stage: record.name)
    }
  }
}

extension Outlet {
  /// Sends all elements of a batch.
  @inlinable
  nonisolated(nonsending)
    func send(_ outputs: inout Batch<Element>, _ meter: WorkerMeter) async
  {
    let sent = channel.trySend(from: outputs.memory + outputs.start, count: outputs.end &- outputs.start)
    if sent > 0 {
      outputs.start &+= sent
      meter.emitted(sent)
    }
    while !outputs.isEmpty { await sendWaiting(outputs.removeFirst(), meter) }
  }
}
