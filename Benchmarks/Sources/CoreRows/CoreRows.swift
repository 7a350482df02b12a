import Foundation
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

  // Not `async`: callgrind does not survive how the runtime parks the main thread of such a program.
  static func main() {
    // For `instructions.py`: what it costs to be watched.
    let registry = getenv("REVOADA_WATCH") == nil ? nil : WaitRegistry()
    // As many workers as the peers have cores (GOMAXPROCS=2).
    Scheduler.installGlobally(workers: 2)
    let end = WaitGroup()
    end.add()
    // The measured loop is a goroutine itself, as Go's main is; the main thread only waits.
    spawn(name: "row") {
      do { try await program.run() } catch {
        FileHandle.standardError.write(Data("\(error)\n".utf8))
        exit(1)
      }
      end.done()
    }
    end.waitBlocking()
    withExtendedLifetime(registry) {}
  }
}
