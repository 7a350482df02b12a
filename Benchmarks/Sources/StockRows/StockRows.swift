import RowKit

/// The core rows in Swift as it comes.
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
  ])

  static func main() async throws {
    // Detached, so that the measured loop runs in the pool and not on the main thread.
    try await Task.detached { try await program.run() }.value
  }
}
