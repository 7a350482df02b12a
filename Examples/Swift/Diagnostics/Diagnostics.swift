import Revoada

/// Two transfers lock two accounts in opposite order. The rest of the program goes on, and is told who waits for whom.
@main
struct DiagnosticsExample {
  static func main() async throws {
    Scheduler.installGlobally(workers: 2)
    let detector = DeadlockDetector(checkInterval: .milliseconds(20), timeout: .milliseconds(60))
    let reports = Channel<DeadlockReport>(capacity: 1)
    detector.onDeadlock { _ = reports.trySend($0) }
    try detector.start()
    let profiler = Profiler()
    profiler.start()

    let (checking, savings) = (AsyncMutex(100, name: "checking"), AsyncMutex(100, name: "savings"))
    func transfer(_ name: String, from: AsyncMutex<Int>, to: AsyncMutex<Int>) -> Goroutine<Void> {
      spawn(name: name) {
        try await from.withLock { balance in
          try await sleep(for: .milliseconds(10))
          balance -= 1
          try await to.withLock { $0 += 1 }
        }
      }
    }
    let transfers = [
      transfer("save", from: checking, to: savings), transfer("spend", from: savings, to: checking),
    ]

    if let report = try await reports.receive(timeout: .seconds(5)) {
      print(report)
      for transfer in transfers { transfer.cancel() }
    }
    for transfer in transfers { _ = await transfer.result }
    detector.stop()
    profiler.stop()
    print("\(profiler.stats.totalCreated) goroutines, \(profiler.stats.cancelled) cancelled")
  }
}
