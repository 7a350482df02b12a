import RevoadaChannels
import RevoadaScheduling

/// A pipeline whose stages can be added and removed while elements flow; none is lost or doubled.
///
/// ```swift
/// let pipeline = DynamicPipeline(input)
/// try pipeline.addStage("double", workers: 2) { $0 * 2 }
/// let reader = spawn { for try await value in pipeline.output { print(value) } }
/// try await pipeline.removeStage("double")
/// ```
///
/// All stages take and give the same type. In all else it is like ``Pipeline``: nothing is taken from the source before somebody
/// reads the output or errors, or calls ``start()``; results, errors, metrics and the end are the same. Handing on costs about
/// 20 ns more.
public final class DynamicPipeline<Element: Sendable>: Sendable {
  @usableFromInline let core: PipelineRun
  private let topology: Topology<Element>
  private let results: Channel<Element>

  @usableFromInline
  init(_ source: PipelineSource<Element>, _ settings: PipelineSettings) {
    let results = Channel<Element>(capacity: StageOptions.defaultBuffer)
    self.results = results
    let node = Topology<Element>.Node(
      "source", input: nil, sendingTo: Junction(results, senders: 1)
    ) { _, _ in }
    let topology = Topology(source: node)
    self.topology = topology
    core = PipelineRun(
      settings,
      PipelineRun.Plan(
        launch: { run in
          run.atEnd { [undelivered = run.undelivered] in topology.drain(into: undelivered) }
          for stage in topology.start() where stage !== node { stage.launch(run, stage) }
          source.start(run, into: .link(node.link)) { topology.finish(node, run.undelivered) }
        },
        closeResults: { results.close() },
        takeResult: {
          if case .received(let element) = results.tryReceive() { return element }
          return nil
        },
        fault: StageDescription.fault(in: [], settings)))
  }

  deinit { core.abandon() }

  // MARK: Stages

  /// The names of the stages, in order.
  public var stageNames: [String] { topology.stageNames }

  @usableFromInline
  func add(
    _ name: String, _ options: StageOptions,
    start: @escaping @Sendable (StageParts<Element>) -> Void
  ) throws {
    try options.validate(stage: name)
    // Keeps the run from ending between the decision and the start of the workers.
    let isRunning = core.enter()
    defer { if isRunning { core.leave() } }
    if !isRunning, core.hasEnded { throw StageChangeError.ended(name) }
    let (node, isStarted) = try topology.add(name, buffer: options.buffer) { [topology] run, node in
      let record = run.makeRecord(name, options)
      topology.launched(node, record)
      start(
        StageParts(
          record: record, run: run, input: node.input.unsafelyUnwrapped, link: node.link,
          onEnd: {
            topology.finish(node, run.undelivered)
            if record.isLeaving { run.retire(record) }
          }))
    }
    if isStarted { node.launch(core, node) }
  }

  /// Removes a stage. Elements that have not yet been taken by one of its workers pass through it or past it, once either
  /// way; those that are inside come out as usual.
  ///
  /// Suspends until no element is inside the stage any more. Cancelling the task ends the wait, not the removal.
  ///
  /// - Throws: ``StageChangeError``; `CancellationError`.
  public func removeStage(_ name: String) async throws {
    if PipelineRun.current === core { throw StageChangeError.fromInside(name) }
    let (node, isStarted) = try topology.remove(name)
    if !isStarted { topology.finish(node, core.undelivered) }
    if await node.finished.wait() == .cancelled { throw CancellationError() }
  }

  // MARK: Outputs

  /// What comes out behind the last stage.
  public var output: PipelineResults<Element> { PipelineResults(channel: results, core: core, owner: self) }

  /// What stages failed on; see ``Pipeline/errors``.
  public var errors: PipelineErrors { PipelineErrors(core: core) }

  /// What the pipeline and its present stages have done so far. Can be read at any time.
  public var metrics: PipelineMetrics { core.metrics }

  // MARK: Running

  /// Starts the pipeline, if it has not been started.
  @discardableResult
  public func start() -> Self {
    core.start()
    return self
  }

  /// Ends the pipeline, if it has not ended; see ``Pipeline/cancel()``.
  public func cancel() { core.abandon() }

  /// Suspends until the pipeline has been started and has ended; see ``Pipeline/wait()``.
  /// - Throws: `CancellationError` if the waiting task is cancelled.
  public func wait() async throws {
    if await !core.wait() { throw CancellationError() }
  }
}

/// What a stage of a dynamic pipeline is made of.
@usableFromInline
struct StageParts<Element: Sendable> {
  @usableFromInline let record: StageRecord
  @usableFromInline let run: PipelineRun
  @usableFromInline let input: Channel<Element>
  @usableFromInline let link: DynamicLink<Element>
  @usableFromInline let onEnd: @Sendable () -> Void
}
