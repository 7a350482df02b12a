import RevoadaChannels
import RevoadaCoordination
import RevoadaScheduling

/// The workers of one stage.
///
/// Inlinable, as the channels are: the loop is compiled for the types of the elements.
@usableFromInline
final class Stage<Input: Sendable, Output: Sendable>: Sendable {
  @usableFromInline typealias Body = StageBody<Input, Output>

  @usableFromInline let record: StageRecord
  @usableFromInline let run: PipelineRun
  @usableFromInline let input: Channel<Input>
  @usableFromInline let outlet: Outlet<Output>
  @usableFromInline let body: Body
  @usableFromInline let order: OrderKeeper<Output>?
  /// Called when the last worker has ended.
  @usableFromInline let onEnd: @Sendable () -> Void

  @inlinable
  init(
    _ record: StageRecord, run: PipelineRun, input: Channel<Input>, outlet: Outlet<Output>,
    body: Body,
    onEnd: @escaping @Sendable () -> Void
  ) {
    self.record = record
    self.run = run
    self.input = input
    self.outlet = outlet
    self.body = record.options.isPlain ? body : .suspending(record.options.guarding(body.suspending))
    self.onEnd = onEnd
    let options = record.options
    // One worker keeps the order anyway.
    order =
      options.ordered && options.workers > 1 ? OrderKeeper(window: options.workers + options.buffer) : nil
  }

  @inlinable
  func start() {
    for meter in record.meters {
      run.spawn(record.name) {
        meter.works()
        switch (self.body, self.order) {
        case (.quick(let body), nil): await self.workInBatches(body, meter)
        case (let body, nil): await self.work(body.suspending, meter)
        case (.quick(let body), let order?): await self.workInOrderedBatches(order, body, meter)
        case (let body, let order?): await self.workInOrder(order, body.suspending, meter)
        }
        meter.ended()
        if self.record.workerEnded() { self.onEnd() }
      }
    }
  }

  @inlinable
  nonisolated(nonsending)
    func work(_ body: Body.Suspending, _ meter: WorkerMeter) async
  {
    while !run.isStopping, let element = await take(meter) {
      if let output = await process(element, body, meter) { await outlet.send(output, meter) }
    }
  }

  /// The next element; nil when there will be none, or the run is ending.
  @inlinable @inline(__always)
  nonisolated(nonsending)
    func take(_ meter: WorkerMeter) async -> Input?
  {
    switch input.tryReceive() {
    case .received(let element):
      meter.took()
      return element
    case .closed: return nil
    case .empty:
      meter.waits(.starved)
      // A cancelled wait has taken nothing.
      let element = try? await input.receive()
      meter.works()
      if element != nil { meter.took() }
      return element
    }
  }

  /// Nil if the stage failed on the element, which is then accounted for.
  @inlinable @inline(__always)
  nonisolated(nonsending)
    func process(
      _ element: Input, _ body: Body.Suspending, _ meter: WorkerMeter
    ) async -> StageOutput<Output>?
  {
    do {
      let output = try await body(element)
      meter.processed()
      return output
    } catch {
      failed(element, error, meter)
      return nil
    }
  }

  @usableFromInline
  func failed(_ element: Input, _ error: any Error, _ meter: WorkerMeter) {
    let tried = error as? TriedInVain
    run.elementFailed(
      StageError(
        stage: record.name, element: element, error: tried?.error ?? error, attempts: tried?.attempts ?? 1),
      in: record, meter)
  }
}
