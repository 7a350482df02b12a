import Revoada
import RowKit

/// Limiters, breakers, locks and messages, used as a user would.
@main
enum ResilienceRows {
  static let program = RowProgram([
    "limiter tryAcquire": .timed(limiterTryAcquire),
    "breaker call": .timed(breakerCall),
    "bulkhead execute": .timed(bulkheadExecute),
    "semaphore": .timed(semaphoreAlone),
    "semaphore (8 tasks)": .timed(semaphoreShared),
    "rw lock (95 % reads)": .timed(rwLock),
    "barrier of 8": .timed(barrierOfEight),
    "latch (8 tasks)": .timed(latchShared),
    "latch of 8": .timed(latchOfEight),
    "array of latches": .timed(arrayOfLatches),
    "pub/sub 1→64": .timed(pubSub),
    "request/reply": .timed(requestReply),
    "work queue, 8 workers": .timed(workQueue),
  ])

  static func main() async throws {
    // As many workers as the peers have cores (GOMAXPROCS=2).
    Scheduler.installGlobally(workers: 2)
    // The measured loop is a goroutine itself, as Go's main is; the main thread only waits.
    try await spawn(name: "row") { try await program.run() }.value
  }
}
