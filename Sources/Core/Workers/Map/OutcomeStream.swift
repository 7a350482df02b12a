import RevoadaChannels
import RevoadaResilience
import RevoadaScheduling

extension AsyncSequence where Self: Sendable, Element: Sendable {
  /// Runs `transform` on the elements as they come, several at once, and delivers how each of them ended.
  ///
  /// ```swift
  /// let outcomes = jobs.concurrentMap(limit: 8, retry: .exponential(attempts: 3)) { try await run($0) }
  /// for try await outcome in outcomes { print(outcome.input, outcome.result) }
  /// ```
  ///
  /// Otherwise as the map of a sequence. A slow reader of the outcomes slows the source down. An error of the source ends the stream, after the outcomes of the elements before it. A stream that is
  /// released cancels what runs and stops reading.
  ///
  /// - Parameters:
  ///   - limit: how many elements are worked on at once; by default the number of cores.
  ///   - ordered: whether the outcomes come in the order of the elements; otherwise as they end.
  ///   - retry: what is done about failures; by default nothing.
  ///   - timeout: how long one element may take, all its attempts and pauses included.
  ///   - breaker: a circuit breaker that every attempt passes.
  ///   - name: for metrics and logs.
  ///   - transform: the work.
  /// - Returns: the outcomes; the first that is asked for throws `InvalidSetting` if the parameters make no sense.
  public func concurrentMap<Output: Sendable>(
    limit: Int = Scheduler.availableCores, ordered: Bool = true, retry: RetryPolicy = .none,
    timeout: Duration? = nil,
    breaker: CircuitBreaker? = nil, name: String? = nil,
    _ transform: @escaping @Sendable (Element) async throws -> Output
  ) -> OutcomeStream<Element, Output> {
    let step = MapStep(name: name, retry: retry, timeout: timeout, breaker: breaker, transform: transform)
    return OutcomeStream(of: self, limit: limit, ordered: ordered, step)
  }
}

/// The outcomes of a concurrent map over an asynchronous sequence. Several tasks may iterate: each outcome goes to one of them.
public final class OutcomeStream<Input: Sendable, Output: Sendable>: AsyncSequence, Sendable {
  /// What the stream delivers.
  public typealias Element = Outcome<Input, Output>

  /// What the goroutines that fill the stream share with it; they do not keep the stream.
  private final class Line: Sendable {
    let outcomes: Channel<Element>
    /// Why the source has ended, if not by itself.
    let failure = Guarded<(any Error)?>(nil)

    init(room: Int) { outcomes = Channel(capacity: room) }
  }

  private let line: Line
  private let pool: BoundedParallelism
  private let goroutines: [Goroutine<Void>]

  init<Source: AsyncSequence & Sendable>(
    of source: Source, limit: Int, ordered: Bool, _ step: MapStep<Input, Output>
  ) where Source.Element == Input {
    let room = Swift.min(Swift.max(1, limit), 1024)
    let line = Line(room: room)
    let pool = BoundedParallelism(maxParallel: limit, queueSize: 0, name: "concurrentMap")
    let tasks = Channel<PoolTask<Element>>(capacity: room)
    let reader = spawn(name: "concurrentMap-reader") {
      do {
        try step.validate(limit: limit)
        for try await input in source {
          if ordered {
            try await tasks.send(try await pool.submit { await step(input) })
          } else {
            try await pool.submit { _ = await line.outcomes.offer(await step(input)) }
          }
        }
      } catch { line.failure.withLock { $0 = error } }
      tasks.close()
      if ordered { return }
      await pool.close()
      line.outcomes.close()
    }
    let sorter = spawn(name: "concurrentMap-sorter") {
      if !ordered { return }
      defer { line.outcomes.close() }
      while let task = try await tasks.receive() { try await line.outcomes.send(try await task.value) }
    }
    self.line = line
    self.pool = pool
    goroutines = [reader, sorter]
  }

  deinit {
    for goroutine in goroutines { goroutine.cancel() }
    pool.shutdownNow()
  }

  /// Delivers outcomes until the source has ended and all its elements have had theirs.
  public struct Iterator: AsyncIteratorProtocol {
    fileprivate let stream: OutcomeStream

    /// The next outcome; nil after the last one.
    /// - Throws: the error of the source; `InvalidSetting`; `CancellationError` if the task is cancelled while it waits.
    public mutating func next() async throws -> Element? {
      if let outcome = try await stream.line.outcomes.receive() { return outcome }
      if let error = stream.line.failure.withLock({ $0.take() }) { throw error }
      return nil
    }
  }

  /// Starts to receive.
  public func makeAsyncIterator() -> Iterator { Iterator(stream: self) }
}
