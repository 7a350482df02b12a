/// What a pipeline has done so far, stage by stage.
public struct PipelineMetrics: Sendable {
  /// How long it has been running, or ran.
  public let elapsed: Duration
  /// Its stages, in order.
  public let stages: [StageMetrics]
  /// Where all its elements are.
  public let ledger: PipelineLedger
  /// Errors that nobody read in time; their elements went to `onUndelivered`.
  public let unreadErrors: Int

  /// A stage's metrics, by its name.
  public subscript(stage: String) -> StageMetrics? { stages.first { $0.name == stage } }

  /// Results a second.
  public var throughput: Double { elapsed > .zero ? Double(ledger.emitted) / (elapsed / .seconds(1)) : 0 }

  /// The stage that limits the pipeline, if one does; see ``limit``.
  public var bottleneck: String? {
    if case .stage(let name) = limit { return name }
    return nil
  }

  /// What limits the pipeline, judged by how its workers have spent their time since its start.
  public var limit: PipelineLimit { PipelineLimit(stages) }
}
