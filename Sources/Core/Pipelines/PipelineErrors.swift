/// What the stages of a pipeline fail on, as it happens.
///
/// Reading starts the pipeline, but does not keep it going. Ends when the pipeline has ended.
public struct PipelineErrors: AsyncSequence, Sendable {
  let core: PipelineRun

  /// The next error; suspends until there is one.
  /// - Returns: nil at the end.
  /// - Throws: `CancellationError`.
  nonisolated(nonsending)
    public func receive() async throws -> StageError?
  {
    core.start()
    return try await core.errors.receive()
  }

  /// Starts the pipeline. Several tasks may read: each error goes to one of them.
  public func makeAsyncIterator() -> Iterator {
    core.start()
    return Iterator(errors: self)
  }

  /// Reads errors until the pipeline has ended.
  public struct Iterator: AsyncIteratorProtocol {
    let errors: PipelineErrors

    /// The next error, see ``PipelineErrors/receive()``.
    public mutating func next() async throws -> StageError? { try await errors.core.errors.receive() }
  }
}
