import RevoadaChannels

/// The results of a pipeline, in the order in which they come out of its last stage.
///
/// Reading starts the pipeline. As long as the results or an iterator of them are in use, the pipeline goes on.
public struct PipelineResults<Element: Sendable>: AsyncSequence, Sendable {
  /// One reference for all: the iterator needs it for each element.
  @usableFromInline
  final class Source: Sendable {
    @usableFromInline let channel: Channel<Element>
    @usableFromInline let core: PipelineRun
    /// What ends the run when it is released.
    private let owner: any Sendable

    init(channel: Channel<Element>, core: PipelineRun, owner: any Sendable) {
      self.channel = channel
      self.core = core
      self.owner = owner
    }

    @inlinable
    nonisolated(nonsending)
      func next() async throws -> Element?
    {
      if let element = try await channel.receive() {
        core.resultReceived()
        return element
      }
      if let failure = core.failure { throw failure }
      return nil
    }
  }
  private let source: Source

  init(channel: Channel<Element>, core: PipelineRun, owner: any Sendable) {
    source = Source(channel: channel, core: core, owner: owner)
  }

  /// The next result. Suspends until there is one.
  /// - Returns: nil at the end.
  /// - Throws: what ended the pipeline early, and again each time; `CancellationError` if the reading task is cancelled while it
  ///   waits, and then no result is lost.
  nonisolated(nonsending)
    public func receive() async throws -> Element?
  {
    source.core.start()
    return try await source.next()
  }

  /// Starts the pipeline.
  public func makeAsyncIterator() -> Iterator {
    source.core.start()
    return Iterator(source: source)
  }

  /// Reads results until there are no more.
  public struct Iterator: AsyncIteratorProtocol {
    @usableFromInline let source: Source

    /// The next result, see ``PipelineResults/receive()``.
    @inlinable
    public mutating func next() async throws -> Element? { try await source.next() }

    /// The next result, see ``PipelineResults/receive()``.
    @inlinable @inline(__always)
    nonisolated(nonsending)
      public mutating func next(isolation actor: (any Actor)?) async throws(any Error) -> Element?
    {
      // The actor is not `isolated`: see `Channel.Iterator`.
      try await source.next()
    }
  }
}
