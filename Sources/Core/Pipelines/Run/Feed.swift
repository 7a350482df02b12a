import RevoadaChannels

/// What comes out of a part of a pipeline, before it has been started.
@usableFromInline
enum Feed<Element: Sendable>: Sendable {
  case source(PipelineSource<Element>)
  /// A stage, with as many places for its outputs, and what starts it and all before it.
  case stage(buffer: Int, start: @Sendable (PipelineRun, Channel<Element>) -> Void)

  /// How many outputs may wait for the next.
  var buffer: Int {
    switch self {
    case .source: StageOptions.defaultBuffer
    // Out of range is reported when the run starts.
    case .stage(let buffer, _): min(max(0, buffer), 1_048_576)
    }
  }

  /// Starts everything up to here, and lets it put its elements into `output`.
  @usableFromInline
  func start(_ run: PipelineRun, into output: Channel<Element>) {
    switch self {
    case .source(let source): source.start(run, into: .channel(output)) { output.close() }
    case .stage(_, let start): start(run, output)
    }
  }

  /// Starts everything up to here.
  /// - Returns: the channel from which a stage takes its elements.
  @usableFromInline
  func open(_ run: PipelineRun, for stage: String) -> Channel<Element> {
    if case .source(let source) = self, let channel = source.channel { return channel }
    let channel = Channel<Element>(capacity: buffer)
    run.atEnd { [undelivered = run.undelivered] in
      while case .received(let element) = channel.tryReceive() {
        undelivered.takeWaiting(element, stage: stage)
      }
    }
    start(run, into: channel)
    return channel
  }
}
