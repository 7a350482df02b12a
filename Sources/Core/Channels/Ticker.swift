import RevoadaScheduling

/// Delivers ticks on a channel at regular intervals, as Go's `time.Ticker`.
///
/// ```swift
/// let ticker = Ticker(every: .seconds(1))
/// defer { ticker.stop() }
/// for try await _ in ticker.ticks { report() }
/// ```
///
/// A tick is dropped when the previous one has not been received: a slow receiver finds at most one waiting. The ticker
/// stops when it is released.
public final class Ticker: Sendable {
  /// The ticks; each is the number of intervals since the start. Closed by ``stop()``, and from the beginning, with `InvalidSetting`, if
  /// the interval is impossible.
  public let ticks: Channel<Int>
  private let driver: Driver

  /// Starts a ticker. The interval must be longer than zero.
  public init(every interval: Duration) {
    ticks = Channel(capacity: 1)
    driver = Driver(interval: interval.nanoseconds, ticks: ticks)
    var check = SettingsCheck("ticker")
    check.require(interval > .zero, "interval", interval, "longer than zero")
    if let fault = check.fault { ticks.close(throwing: fault) } else { driver.arm(1) }
  }
  deinit { stop() }

  /// Ends the ticks: the channel closes. Later calls do nothing.
  public func stop() { driver.stop() }

  private final class Driver: Sendable {
    private let timers = Timers.current
    private let start: Int64
    private let interval: Int64
    private let ticks: Channel<Int>

    init(interval: Int64, ticks: Channel<Int>) {
      self.interval = interval
      self.ticks = ticks
      start = timers.now
    }

    /// Schedules a tick by its number: the intervals do not drift.
    func arm(_ number: Int) {
      let (offset, overflow) = Int64(number).multipliedReportingOverflow(by: interval)
      let (deadline, late) = start.addingReportingOverflow(offset)
      if overflow || late { return }
      timers.schedule(at: deadline) { [weak self] in self?.tick(number) }
    }

    private func tick(_ number: Int) {
      if case .closed = ticks.trySend(number) { return }
      // Intervals that were missed altogether (a suspended machine) are skipped.
      arm(max(number + 1, Int((timers.now - start) / interval) + 1))
    }

    func stop() { ticks.close() }
  }
}

/// A channel that delivers one element after `duration` and is then closed.
public func after(_ duration: Duration) -> Channel<Void> {
  let channel = Channel<Void>(capacity: 1)
  Timers.current.schedule(after: duration.nanoseconds) {
    _ = channel.trySend(())
    channel.close()
  }
  return channel
}
