/// What a pipeline would have to be given more of to be faster.
public enum PipelineLimit: Sendable, Equatable {
  /// Nothing has been done yet.
  case undecided
  /// Elements: the stages wait for the source.
  case source
  /// This stage: more workers, or a faster way to do its work.
  case stage(String)
  /// A faster reader: the stages wait for somebody to take their results.
  case consumer

  /// How much of its time a limiting stage may wait for something that does not wait for it.
  private static let idleness = 0.2

  /// The suspect is the stage whose workers are busiest. It is guilty unless it waits too: those before a limiting
  /// stage are blocked by it, and those behind it starve. So its own starving counts against it only as far as the stage
  /// before was not blocked (or there is none), and likewise with its being blocked.
  init(_ stages: [StageMetrics]) {
    let shares = stages.map {
      (busy: $0.share($0.busy), starved: $0.share($0.starved), blocked: $0.share($0.blocked))
    }
    guard let suspect = shares.indices.max(by: { shares[$0].busy < shares[$1].busy }),
      shares.contains(where: { $0.busy + $0.blocked > 0 })
    else {
      self = .undecided
      return
    }
    let (starved, blocked) = (shares[suspect].starved, shares[suspect].blocked)
    let blockedBefore = suspect > 0 ? shares[suspect - 1].blocked : 0
    let starvedBehind = suspect + 1 < shares.count ? shares[suspect + 1].starved : 0
    let hasElements = starved <= max(Self.idleness, blockedBefore)
    let hasRoom = blocked <= max(Self.idleness, starvedBehind)
    if hasElements && hasRoom {
      self = .stage(stages[suspect].name)
    } else {
      self = hasRoom || starved > blocked ? .source : .consumer
    }
  }
}
