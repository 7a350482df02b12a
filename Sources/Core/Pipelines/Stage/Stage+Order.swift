import RevoadaChannels
import RevoadaCoordination

/// Outputs leave in the order in which their elements came: whoever has the turn takes elements and a ticket, and the
/// ``OrderKeeper`` passes on by ticket.
extension Stage {
  @inlinable
  nonisolated(nonsending)
    func workInOrder(_ order: OrderKeeper<Output>, _ body: Body.Suspending, _ meter: WorkerMeter) async
  {
    while !run.isStopping, await takePlace(order, meter) {
      guard await takeTurn(order, meter) else { return order.places.release() }
      let element = await take(meter)
      let ticket = element == nil ? 0 : order.issue()
      order.turn.release()
      guard let element else { return order.places.release() }
      await passOn(await process(element, body, meter), ticket, order, meter)
    }
  }

  /// The same in batches, each with one ticket and one place.
  @inlinable
  nonisolated(nonsending)
    func workInOrderedBatches(_ order: OrderKeeper<Output>, _ body: QuickBody, _ meter: WorkerMeter) async
  {
    var inputs = Batch<Input>(capacity: largestBatch)
    var outputs = Batch<Output>(capacity: largestBatch)
    var limit = 1
    while !run.isStopping, await takePlace(order, meter) {
      guard await takeTurn(order, meter) else { return order.places.release() }
      let isTaken = await inputs.fill(limit, from: input, meter)
      let ticket = isTaken ? order.issue() : 0
      order.turn.release()
      if !isTaken { return order.places.release() }
      limit = await process(&inputs, body, &outputs, meter) ? min(limit &* 2, largestBatch) : 1
      await passOn(outputs.isEmpty ? nil : .batch(outputs.removeAll()), ticket, order, meter)
    }
  }

  /// Suspends until another element may be inside; false if the run is ending.
  @inlinable
  nonisolated(nonsending)
    func takePlace(_ order: OrderKeeper<Output>, _ meter: WorkerMeter) async -> Bool
  {
    if order.places.tryAcquire() { return true }
    // Either those behind do not take what is passed on, or the element at the head is slow.
    meter.waits(order.isEmitting ? .blocked : .busy)
    defer { meter.works() }
    return (try? await order.places.acquire()) != nil
  }

  /// Suspends until it is this worker's turn to take; false if the run is ending.
  @inlinable
  nonisolated(nonsending)
    func takeTurn(_ order: OrderKeeper<Output>, _ meter: WorkerMeter) async -> Bool
  {
    if order.turn.tryAcquire() { return true }
    meter.waits(.starved)
    defer { meter.works() }
    return (try? await order.turn.acquire()) != nil
  }

  /// Puts down the output, nil if the stage failed, and passes on everything whose turn it is.
  @inlinable
  nonisolated(nonsending)
    func passOn(
      _ output: StageOutput<Output>?, _ ticket: Int, _ order: OrderKeeper<Output>, _ meter: WorkerMeter
    ) async
  {
    guard order.complete(ticket, output) else { return }
    while let next = order.next() {
      if let next { await outlet.send(next, meter) }
      order.places.release()
    }
  }
}
