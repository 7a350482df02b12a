import Revoada
import RowKit

/// The core rows on our scheduler, written as a user would write them.
@main
enum CoreRows {
  static let program = RowProgram([
    "spawn+join": .timed(spawnJoin),
    "ping-pong": .timed(pingPong),
    "unbuffered spsc": .timed { try await spsc(capacity: 0, $0) },
    "buffered-100 spsc": .timed { try await spsc(capacity: 100, $0) },
    "buffered-100 mpmc 4x4": .timed(mpmc),
    "select-2": .timed(selectTwo),
    "mutex-8": .timed(mutexEight),
    "worker-pool-8": .timed(workerPool),
    "pipeline-4": .timed(pipelineFour),
    "bytes per parked goroutine": Row(unit: "B", run: bytesPerParked),
    "one million parked": .timed(parkAndRelease),
  ])

  static func main() async throws {
    // As many workers as the peers have cores (GOMAXPROCS=2).
    Scheduler.installGlobally(workers: 2)
    // The measured loop is a goroutine itself, as Go's main is; the main thread only waits.
    try await spawn(name: "row") { try await program.run() }.value
  }
}
