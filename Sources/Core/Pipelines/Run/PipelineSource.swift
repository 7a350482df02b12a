import RevoadaChannels
import RevoadaScheduling

/// Where a pipeline's elements come from.
@usableFromInline
struct PipelineSource<Element: Sendable>: Sendable {
  /// Takes elements until there are none or the run ends, and puts them into the outlet.
  @usableFromInline
  typealias Pump = @Sendable (Outlet<Element>, WorkerMeter) async -> Void

  /// The same for sources that are read once, by whichever task: they need not be `Sendable`.
  @usableFromInline
  typealias OncePump = (Outlet<Element>, WorkerMeter) async throws -> Void

  /// Set if the first stage can do without the pump.
  @usableFromInline let channel: Channel<Element>?
  @usableFromInline let pump: Pump

  @inlinable
  init(channel: Channel<Element>?, pump: @escaping Pump) {
    self.channel = channel
    self.pump = pump
  }

  @inlinable
  init(_ channel: Channel<Element>) {
    self.init(channel: channel) { outlet, meter in
      var batch = Batch<Element>(capacity: 16)
      while !outlet.run.isStopping, await batch.fill(16, from: channel, meter) {
        await outlet.send(&batch, meter)
      }
    }
  }

  @inlinable
  init<S: AsyncSequence>(_ source: sending S) where S.Element == Element {
    let source = UncheckedTransfer(source)
    let pump: OncePump = { outlet, meter in
      var iterator = source.value.makeAsyncIterator()
      while !outlet.run.isStopping, let element = try await iterator.next() {
        meter.took()
        await outlet.send(element, meter)
      }
    }
    self.init(once: UncheckedTransfer(pump))
  }

  @inlinable
  init<S: Sequence>(_ source: sending S) where S.Element == Element {
    let source = UncheckedTransfer(source)
    let pump: OncePump = { outlet, meter in
      var iterator = source.value.makeIterator()
      while !outlet.run.isStopping, let element = iterator.next() {
        meter.took()
        await outlet.send(element, meter)
      }
    }
    self.init(once: UncheckedTransfer(pump))
  }

  /// A source that can be read once. Its error ends the results behind the elements before it.
  @usableFromInline
  init(once pump: UncheckedTransfer<OncePump>) {
    let once = OneShot(pump)
    self.init(channel: nil) { outlet, meter in
      do { try await once.take().value(outlet, meter) } catch {
        if !outlet.run.isStopping { outlet.run.sourceFailed(error) }
      }
    }
  }

  /// Starts the pump as a goroutine of the run.
  @usableFromInline
  func start(_ run: PipelineRun, into target: Outlet<Element>.Target, onEnd: @escaping @Sendable () -> Void) {
    let outlet = Outlet(target, stage: "source", run: run)
    let meter = run.makeSourceMeter()
    run.spawn("source") {
      await pump(outlet, meter)
      onEnd()
    }
  }
}

/// Something that can be had once.
@usableFromInline
final class OneShot<Value: Sendable>: @unchecked Sendable {  // `value` is protected by `lock`
  private let lock = Lock()
  private var value: Value?

  @usableFromInline
  init(_ value: Value) { self.value = value }

  @usableFromInline
  func take() throws(SourceTaken) -> Value {
    let taken = lock.withLock {
      defer { value = nil }
      return value
    }
    guard let taken else { throw SourceTaken() }
    return taken
  }
}
