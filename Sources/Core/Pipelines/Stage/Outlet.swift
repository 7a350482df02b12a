import RevoadaChannels

/// Where a stage, or the source, puts what it has for the next.
@usableFromInline
struct Outlet<Element: Sendable>: Sendable {
  @usableFromInline
  enum Target: Sendable {
    case channel(Channel<Element>)
    /// One that changes while elements flow.
    case link(DynamicLink<Element>)
  }
  @usableFromInline let target: Target
  /// Who puts it there.
  @usableFromInline let stage: String
  @usableFromInline let run: PipelineRun

  @inlinable
  init(_ target: Target, stage: String, run: PipelineRun) {
    self.target = target
    self.stage = stage
    self.run = run
  }

  @inlinable @inline(__always)
  var channel: Channel<Element> {
    switch target {
    case .channel(let channel): channel
    case .link(let link): link.channel
    }
  }

  @inlinable
  nonisolated(nonsending)
    func send(_ output: StageOutput<Element>, _ meter: WorkerMeter) async
  {
    switch output {
    case .one(let element): await send(element, meter)
    case .none: meter.filtered()
    case .many(let elements):
      meter.multiplied(into: elements.count)
      for element in elements { await send(element, meter) }
    case .batch(let elements):
      for element in elements { await send(element, meter) }
    }
  }

  /// Sends an element; what cannot be sent because the run ends is handed over.
  @inlinable @inline(__always)
  nonisolated(nonsending)
    func send(_ element: Element, _ meter: WorkerMeter) async
  {
    switch channel.trySend(element) {
    case .sent: meter.emitted()
    case .full(let element), .closed(let element): await sendWaiting(element, meter)
    }
  }

  @inlinable
  nonisolated(nonsending)
    func sendWaiting(_ element: Element, _ meter: WorkerMeter) async
  {
    meter.waits(.blocked)
    defer { meter.works() }
    var element = element
    var channel = channel
    while true {
      switch await channel.offer(element) {
      case .sent: return meter.emitted()
      case .closed(let back):
        element = back
        let next = self.channel
        if next !== channel {  // the stage behind was removed: past it
          channel = next
          continue
        }
      case .full(let back), .cancelled(let back): element = back
      }
      meter.undelivered()
      return run.undelivered.takeEnded(element, stage: stage)
    }
  }
}
