import RevoadaChannels
import RevoadaCoordination

extension Stage {
  /// As ``work(_:)``, but outputs leave in the order in which their elements came.
  @inlinable
  func workInOrder(_ order: OrderKeeper<Output>, _ meter: WorkerMeter) async {
    while !run.isStopping, await takePlace(order, meter) {
      guard let (ticket, element) = await takeInTurn(order, meter) else { return order.places.release() }
      let output = await process(element, meter)
      guard order.complete(ticket, output) else { continue }
      while let next = order.next() {
        if let next { await outlet.send(next, meter) }
        order.places.release()
      }
    }
  }

  /// False if the run is ending.
  @inlinable
  func takePlace(_ order: OrderKeeper<Output>, _ meter: WorkerMeter) async -> Bool {
    if order.places.tryAcquire() { return true }
    // Either those behind do not take what is passed on, or the element at the head is slow.
    meter.enter(order.isEmitting ? .blocked : .busy)
    defer { meter.enter(.busy) }
    return (try? await order.places.acquire()) != nil
  }

  /// The next element and its ticket. Tickets are issued in the order of the elements, as only who has the turn takes one.
  @inlinable
  func takeInTurn(_ order: OrderKeeper<Output>, _ meter: WorkerMeter) async -> (Int, Input)? {
    if !order.turn.tryAcquire() {
      meter.enter(.starved)
      defer { meter.enter(.busy) }
      guard (try? await order.turn.acquire()) != nil else { return nil }
    }
    defer { order.turn.release() }
    guard let element = await take(meter) else { return nil }
    return (order.issue(), element)
  }
}
