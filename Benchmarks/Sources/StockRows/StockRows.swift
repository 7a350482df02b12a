import RowKit

/// The rows of all sets in Swift as it comes.
///
/// Tasks, actors, `AsyncStream` and swift-async-algorithms, on the default executor. Rows without a
/// counterpart there are missing.
@main
enum StockRows {
  static let program = RowProgram([
    "spawn+join": .timed(spawnJoin),
    "ping-pong": .timed(pingPong),
    "unbuffered spsc": .timed(unbufferedSPSC),
    "buffered-100 spsc": .timed(bufferedSPSC),
    "select-2": .timed(selectTwo),
    "mutex-8": .timed(mutexEight),
    "worker-pool-8": .timed(workerPool),
    "pipeline-4": .timed(pipelineFour),
    "bytes per parked goroutine": Row(unit: "B", run: bytesPerParked),
    "one million parked": .timed(parkAndRelease),
    // What select-2 has to be here is what the set of flow rows asks for, and so with the pipeline.
    "merge 2": .timed(selectTwo),
    "debounce": .timed(debounce),
    "pipeline 4x1 (AsyncChannel)": .timed(pipelineFour),
  ])

  static func main() async throws {
    // Detached, so that the measured loop runs in the pool and not on the main thread.
    try await Task.detached { try await program.run() }.value
  }
}
