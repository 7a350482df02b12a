import CRevoada
import RevoadaScheduling

/// Collects items and gives them to a sink in batches: when a batch is full, when its first item has waited long enough, on a flush, and
/// at the end.
///
/// ```swift
/// let rows = BatchProcessor<Row>(size: 100, every: .seconds(1)) { rows in try await database.insert(rows) }
/// for try await row in input { try await rows.add(row) }
/// try await rows.close()
/// ```
///
/// The sink gets one batch at a time, or as many as ``BatchOptions/parallel`` says. While it is busy the next batch fills up, and when
/// that is full ``add(_:)`` suspends: a slow sink slows down those who add. A batch whose time is over waits for the sink as well, and takes
/// further items until it is full.
///
/// Nothing is lost. Items of a batch for which the sink throws go to `onFailure`, each with the error; a sink that has taken a part
/// throws ``BatchItemErrors`` to say which items failed. A processor that is released delivers what it has.
///
/// Options that make no sense (a size of 0) make every `add` throw `InvalidSetting`.
///
/// Cost: about 50 ns an item.
public final class BatchProcessor<Item: Sendable>: Sendable {
  @usableFromInline let core: BatchCore<Item>

  /// Creates a processor.
  ///
  /// - Parameters:
  ///   - size: how many items make a batch.
  ///   - interval: how long an item waits at most for its batch to be full, counted from the batch's first item; nil for as long
  ///     as it takes.
  ///   - name: for errors, logs and metrics.
  ///   - onFailure: receives each item that the sink failed on, once, in the order of the batch. It runs without any lock and may use
  ///     the processor, but must not wait for it: the batch is not settled before it returns.
  ///   - sink: takes a batch; runs in a goroutine of its own. It must not wait for its own processor either.
  public convenience init(
    size: Int, every interval: Duration? = nil, name: String = "batch",
    onFailure: (@Sendable (Item, any Error) -> Void)? = nil,
    _ sink: @escaping @Sendable ([Item]) async throws -> Void
  ) {
    self.init(options: BatchOptions(size: size, every: interval), name: name, onFailure: onFailure, sink)
  }

  /// Creates a processor with all options.
  public init(
    options: BatchOptions, name: String = "batch", onFailure: (@Sendable (Item, any Error) -> Void)? = nil,
    _ sink: @escaping @Sendable ([Item]) async throws -> Void
  ) {
    core = BatchCore(name: name, options: options, onFailure: onFailure, sink: sink)
  }

  deinit { core.close() }

  /// The processor's name.
  public var name: String { core.name }
  /// What the processor is doing, and has done.
  public var stats: BatchStats { core.statistics }

  /// Adds an item. Suspends while a full batch waits for the sink; waiting adds are served in their order.
  ///
  /// - Throws: ``BatchClosed``, with the item; `InvalidSetting`; `CancellationError` if the task is cancelled while it waits,
  ///   and then the item was not added.
  @inlinable
  nonisolated(nonsending)
    public func add(_ item: Item) async throws
  {
    let core = core
    crv_lock_acquire(core.lock)
    // Neither the first nor the last item of a batch: nothing to decide.
    let count = core.state.buffer.count
    if count > 0, count < core.state.plainLimit, !core.state.isClosed {
      core.state.buffer.append(item)
      core.state.added &+= 1
      return crv_lock_release(core.lock)
    }
    try await core.addSlowly(item)
  }

  /// Sends what is buffered to the sink and suspends until the sink has taken everything that was added before the call.
  ///
  /// - Throws: `CancellationError`. What the sink throws goes to `onFailure`.
  nonisolated(nonsending)
    public func flush() async throws
  { try await core.flush() }

  /// Closes the processor: later adds, and those that wait, throw ``BatchClosed``. Suspends until the sink has taken everything.
  ///
  /// Closing twice is harmless.
  /// - Throws: `CancellationError`; what is buffered is delivered even so.
  nonisolated(nonsending)
    public func close() async throws
  {
    core.close()
    try await core.flush()
  }
}
