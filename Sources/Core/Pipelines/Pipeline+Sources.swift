import RevoadaChannels

extension Pipeline {
  /// Creates a pipeline without stages, whose elements come from a channel until that is closed.
  ///
  /// - Parameters:
  ///   - source: may have other receivers too.
  ///   - name: for metrics and logs.
  ///   - errorBuffer: how many errors wait for somebody who reads ``errors``, at least 1; beyond that the oldest are dropped,
  ///     counted, and their elements handed to `onUndelivered`. Nobody has to read them.
  ///   - onUndelivered: receives, exactly once, each element that was taken from the source, or made of one that was, and that nobody
  ///     will get. It runs without a lock in whichever task caused it, and may use the pipeline.
  @inlinable
  public convenience init(
    from source: Channel<Output>, name: String? = nil, errorBuffer: Int = 4096,
    onUndelivered: (@Sendable (UndeliveredElement) -> Void)? = nil
  ) {
    self.init(
      .source(PipelineSource(source)), [],
      PipelineSettings(name: name, errorBuffer: errorBuffer, onUndelivered: onUndelivered))
  }

  /// Creates a pipeline without stages, whose elements come from an asynchronous sequence; one goroutine iterates over it,
  /// once. An error of the sequence ends the results behind those of the elements before it.
  @inlinable
  public convenience init<S: AsyncSequence>(
    from source: sending S, name: String? = nil, errorBuffer: Int = 4096,
    onUndelivered: (@Sendable (UndeliveredElement) -> Void)? = nil
  ) where S.Element == Output {
    self.init(
      .source(PipelineSource(source)), [],
      PipelineSettings(name: name, errorBuffer: errorBuffer, onUndelivered: onUndelivered))
  }

  /// Creates a pipeline without stages, whose elements are those of a sequence, which may be endless.
  @inlinable
  public convenience init<S: Sequence>(
    from source: sending S, name: String? = nil, errorBuffer: Int = 4096,
    onUndelivered: (@Sendable (UndeliveredElement) -> Void)? = nil
  ) where S.Element == Output {
    self.init(
      .source(PipelineSource(source)), [],
      PipelineSettings(name: name, errorBuffer: errorBuffer, onUndelivered: onUndelivered))
  }
}
