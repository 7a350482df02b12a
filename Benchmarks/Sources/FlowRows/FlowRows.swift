import Revoada
import RowKit

/// What is built on the core: pipelines, pools, caches and channels with more to them, used as a user would.
@main
enum FlowRows {
  static let program = RowProgram([
    "pipeline 4x2": .timed(pipelineFourByTwo),
    "pipeline 4x2 async": .timed(pipelineFourByTwoAsync),
    "worker pool with results": .timed(poolWithResults),
    "fan-out 8 / fan-in": .timed(fanOutFanIn),
    "broadcast 1→64": .timed(broadcast),
    "priority channel": .timed(priorityChannel),
    "cache hit (8 readers)": .timed(cacheHit),
    "single flight": .timed(singleFlight),
    "batch processor": .timed(batchProcessor),
    "merge 2": .timed(mergeTwo),
    "debounce": .timed(debounce),
    "pipeline 4x1 (AsyncChannel)": .timed(pipelineFourByOne),
  ])

  static func main() async throws {
    // As many workers as the peers have cores (GOMAXPROCS=2).
    Scheduler.installGlobally(workers: 2)
    // The measured loop is a goroutine itself, as Go's main is; the main thread only waits.
    try await spawn(name: "row") { try await program.run() }.value
  }
}
