import CoreTestSupport
import Revoada
import Testing

@Suite(.timeLimit(.minutes(10)))
struct WorkerPoolTests {
  struct Broken: Error, Equatable {}

  @Test func tasksReturnTheirResultsAndFailuresStopNobody() async throws {
    try await simulated {
      let pool = WorkerPool<Int, Int>(name: "double", workers: 2, queue: 100) { number in
        if number % 5 == 0 { throw Broken() }
        return number * 2
      }
      var tasks: [PoolTask<Int>] = []
      for number in 1...20 { tasks.append(try await pool.submit(number)) }
      for (task, number) in zip(tasks, 1...20) {
        switch await task.result {
        case .success(let value): #expect(value == number * 2)
        case .failure(let error): #expect(error is Broken && number % 5 == 0)
        }
      }
      try await pool.wait()
      let stats = pool.stats
      #expect(stats.completed == 16 && stats.failed == 4 && stats.submitted == 20)
      #expect(stats.active == 0 && stats.queued == 0 && stats.dropped == 0)
      #expect(stats.perWorker.reduce(0, +) == 20)
      #expect(Set(tasks.map(\.id)).count == 20)
      await pool.close()
    }
  }

  @Test(arguments: [1, 3, 8]) func soManyRunAtOnceAndNoMore(workers: Int) async throws {
    try await simulated {
      let (running, peak) = (AtomicInteger(), Recorder<Int>())
      let pool = WorkerPool<Int, Void>(name: "wide", workers: workers, queue: nil) { _ in
        peak.add(running.add(1))
        try await sleep(for: .milliseconds(10))
        running.add(-1)
      }
      for number in 0..<40 { try await pool.submit(number) }
      #expect(pool.stats.queued + pool.stats.active == 40)
      try await pool.wait()
      #expect(peak.values.max() == workers)
      #expect(isAbout(.milliseconds(10) * (40 / workers + (40 % workers > 0 ? 1 : 0))))
      #expect(pool.stats.average >= .milliseconds(10) && pool.stats.average < .milliseconds(11))
      #expect(pool.stats.p95 >= .milliseconds(10) && pool.stats.p95 < .milliseconds(11))
    }
  }

  @Test func aFullQueueSuspendsTheSubmit() async throws {
    try await simulated {
      let (gate, pool) = blockedPool(workers: 1, queue: 2)
      for number in 0..<3 { try await pool.submit(number) }
      let late = spawn { try await pool.submit(3) }
      try await settle()
      #expect(pool.stats.waiting == 1 && pool.stats.queued == 2 && pool.stats.submitted == 3)
      #expect(throws: PoolError.full(pool: "blocked")) { try pool.trySubmit(4) }
      try await gate.send(())
      _ = try await late.value
      #expect(pool.stats.waiting == 0 && pool.stats.submitted == 4)
      gate.close()
      await pool.close()
      #expect(pool.stats.completed == 4)
    }
  }

  @Test func aQueueOfZeroTakesATaskOnlyForAFreeWorker() async throws {
    try await simulated {
      let (gate, pool) = blockedPool(workers: 2, queue: 0)
      try pool.trySubmit(0)
      try pool.trySubmit(1)
      #expect(throws: PoolError.full(pool: "blocked")) { try pool.trySubmit(2) }
      try await gate.send(())
      try await settle()
      let task = try pool.trySubmit(3)
      gate.close()
      #expect(try await task.value == 3)
      // The worker may not have noticed yet that it is free; it counts as free even so.
      for number in 0..<10 { #expect(try await pool.trySubmit(number).value == number) }
    }
  }

  @Test func aQueueOfNilIsUnbounded() async throws {
    try await simulated(seeds: 0..<1) {
      let (gate, pool) = blockedPool(workers: 1, queue: nil)
      for number in 0..<10_000 { try pool.trySubmit(number) }
      #expect(pool.stats.queued + pool.stats.active == 10_000)
      gate.close()
      await pool.close()
      #expect(pool.stats.completed == 10_000)
    }
  }

  @Test func aSubmitGivesUpAfterItsTimeout() async throws {
    try await simulated {
      let (gate, pool) = blockedPool(workers: 1, queue: 0)
      try await pool.submit(0)
      let error = await #expect(throws: PoolError.self) {
        try await pool.submit(1, timeout: .milliseconds(20))
      }
      #expect(error == .submitTimedOut(pool: "blocked", limit: .milliseconds(20)))
      #expect(isAbout(.milliseconds(20)))
      await #expect(throws: PoolError.self) { try await pool.submit(1, timeout: .zero) }
      await #expect(throws: PoolError.self) { try await pool.submit(1, timeout: .seconds(-1)) }
      // In time: the timeout does not limit the run.
      let task = spawn { try await pool.submit(2, timeout: .milliseconds(20)) }
      try await settle()
      try await gate.send(())
      let second = try await task.value
      try await sleep(for: .seconds(1))
      gate.close()
      #expect(try await second.value == 2)
      #expect(pool.stats.submitted == 2 && pool.stats.waiting == 0)
    }
  }

  @Test func aRunGivesUpAfterItsTimeoutAndItsWorkerIsReplaced() async throws {
    try await simulated {
      var options = PoolOptions()
      options.workers = 1
      options.timeout = .milliseconds(50)
      let pool = WorkerPool<Duration, Duration>(name: "limited", options: options) { duration in
        try await sleep(for: duration)
        return duration
      }
      let slow = try await pool.submit(.seconds(10))
      let quick = try await pool.submit(.milliseconds(49))
      let error = await #expect(throws: TimedOut.self) { try await slow.value }
      #expect(error?.limit == .milliseconds(50))
      #expect(try await quick.value == .milliseconds(49))
      #expect(isAbout(.milliseconds(99)))
      #expect(pool.stats.failed == 1 && pool.stats.completed == 1 && pool.stats.perWorker == [2])
    }
  }

  @Test func aTaskCanBeCancelledWhileQueuedAndWhileRunning() async throws {
    try await simulated {
      let pool = WorkerPool<Int, Int>(name: "patient", workers: 1, queue: nil) { number in
        try await sleep(for: .seconds(1))
        return number
      }
      let tasks = try (0..<4).map { try pool.trySubmit($0) }
      try await settle()
      tasks[0].cancel()
      tasks[2].cancel()
      tasks[2].cancel()
      await #expect(throws: CancellationError.self) { try await tasks[0].value }
      await #expect(throws: CancellationError.self) { try await tasks[2].value }
      #expect(Simulation.elapsed < .seconds(1))
      #expect(try await tasks[1].value == 1)
      #expect(try await tasks[3].value == 3)
      tasks[3].cancel()
      #expect(try await tasks[3].value == 3)
      let stats = pool.stats
      #expect(stats.dropped == 1 && stats.failed == 1 && stats.completed == 2 && stats.submitted == 4)
    }
  }

  @Test func aTaskThatIgnoresItsCancellationReturnsItsValue() async throws {
    try await simulated {
      let pool = WorkerPool<Int, Int>(name: "stubborn", workers: 1) { number in
        try? await sleep(for: .seconds(1))
        return number
      }
      let task = try await pool.submit(7)
      try await settle()
      task.cancel()
      #expect(try await task.value == 7)
      #expect(try await pool.submit(8).value == 8)
      #expect(Simulation.elapsed > .seconds(1))  // the second one was not cancelled
    }
  }

  @Test(arguments: Home.allCases) func aSubmitThatIsCancelledLeavesNoTrace(home: Home) async throws {
    try await simulated {
      let (gate, pool) = blockedPool(workers: 1, queue: 1)
      for number in 0..<2 { try await pool.submit(number) }
      let unserved = try await home.cancelling { try await pool.submit(2) }
      #expect(unserved.isCancellation)
      #expect(pool.stats.waiting == 0)
      let served = try await home.cancelling(after: { _ = gate.trySend(()) }) { try await pool.submit(3) }
      // Whichever came first: what was taken runs, what was not does not.
      gate.close()
      await pool.close()
      let taken = (try? served.get()) != nil
      #expect(pool.stats.completed == (taken ? 3 : 2) && pool.stats.submitted == pool.stats.completed)
      if taken { #expect(try await served.get().value == 3) }
    }
  }

  @Test(arguments: Home.allCases) func aSubmitThatWasServedBeforeItsCancellationHasItsTask(home: Home)
    async throws
  {
    try await simulated {
      let (gate, pool) = blockedPool(workers: 1, queue: 1)
      let tasks = [try await pool.submit(0), try await pool.submit(1)]
      let served = try await home.cancelling(after: { tasks[1].cancel() }) { try await pool.submit(2) }
      gate.close()
      #expect(try await served.get().value == 2)
      await pool.close()
      #expect(pool.stats.submitted == 3 && pool.stats.dropped == 1 && pool.stats.completed == 2)
    }
  }

  @Test(arguments: Home.allCases) func waitingAndAwaitingCanBeCancelled(home: Home) async throws {
    try await simulated {
      let (gate, pool) = blockedPool(workers: 1, queue: nil)
      let task = try await pool.submit(1)
      #expect(try await home.cancelling { try await pool.wait() }.isCancellation)
      #expect(try await home.cancelling { try await task.value }.isCancellation)
      gate.close()
      #expect(try await task.value == 1)
      try await pool.wait()
    }
  }

  @Test func closeFinishesWhatIsQueuedAndRefusesWhatWaits() async throws {
    try await simulated {
      let pool = WorkerPool<Int, Int>(name: "closing", workers: 1, queue: 3) { number in
        try await sleep(for: .milliseconds(1))
        return number
      }
      let tasks = try (0..<4).map { try pool.trySubmit($0) }
      let late = spawn { try await pool.submit(4) }
      try await settle()
      await pool.close()
      for (index, task) in tasks.enumerated() { #expect(try await task.value == index) }
      await #expect(throws: PoolError.closed(pool: "closing")) { try await late.value }
      await #expect(throws: PoolError.closed(pool: "closing")) { try await pool.submit(5) }
      #expect(throws: PoolError.closed(pool: "closing")) { try pool.trySubmit(5) }
      #expect("\(PoolError.closed(pool: "closing"))".contains("\"closing\" is closed"))
      await pool.close()
      #expect(pool.stats.completed == 4 && pool.stats.submitted == 4)
    }
  }

  @Test func shutdownHandsBackWhatWasQueuedAndCancelsWhatRuns() async throws {
    try await simulated {
      let pool = WorkerPool<Int, Int>(name: "stopped", workers: 2, queue: 3) { number in
        try await sleep(for: .seconds(60))
        return number
      }
      let tasks = try (0..<5).map { try pool.trySubmit($0) }
      let late = spawn { try await pool.submit(5) }
      try await settle()
      #expect(pool.shutdownNow() == [2, 3, 4])
      #expect(pool.shutdownNow() == [])
      try await pool.wait()
      #expect(Simulation.elapsed < .seconds(1))
      for task in tasks[..<2] { await #expect(throws: CancellationError.self) { try await task.value } }
      for task in tasks[2...] {
        await #expect(throws: PoolError.shutDown(pool: "stopped")) { try await task.value }
      }
      await #expect(throws: PoolError.closed(pool: "stopped")) { try await late.value }
      let stats = pool.stats
      #expect(stats.submitted == 5 && stats.failed == 2 && stats.dropped == 3)
      #expect(stats.active == 0 && stats.queued == 0)
    }
  }

  @Test func aReleasedPoolFinishesWhatItHasTaken() async throws {
    try await simulated {
      let done = AtomicInteger()
      var pool: WorkerPool<Int, Void>? = WorkerPool(name: "released", workers: 2, queue: nil) { _ in
        try await sleep(for: .milliseconds(1))
        done.add(1)
      }
      var tasks: [PoolTask<Void>] = []
      for number in 0..<10 { tasks.append(try await pool!.submit(number)) }
      pool = nil
      for task in tasks { try await task.value }
      #expect(done.load() == 10)
    }
  }

  @Test func aPoolIsResizedWhileItWorks() async throws {
    try await simulated {
      let (running, peak) = (AtomicInteger(), Recorder<Int>())
      let pool = WorkerPool<Int, Void>(name: "elastic", workers: 1, queue: nil) { _ in
        peak.add(running.add(1))
        try await sleep(for: .milliseconds(10))
        running.add(-1)
      }
      for number in 0..<100 { try await pool.submit(number) }
      try await sleep(for: .milliseconds(25))
      #expect(peak.values.max() == 1)
      try pool.resize(workers: 10)
      try await settle()
      #expect(pool.stats.active == 10 && pool.stats.workers == 10)
      try pool.resize(workers: 2)
      try await sleep(for: .milliseconds(25))
      #expect(pool.stats.active == 2)
      #expect(throws: InvalidSetting.self) { try pool.resize(workers: 0) }
      #expect(pool.stats.workers == 2)
      try await pool.wait()
      #expect(pool.stats.completed == 100)
      // Idle workers go too, and come back.
      try pool.resize(workers: 1)
      try await pool.submit(0).value
      try pool.resize(workers: 3)
      peak.add(-running.load())
      for number in 0..<3 { try await pool.submit(number) }
      try await settle()
      #expect(pool.stats.active == 3)
      await pool.close()
    }
  }

  @Test func aTaskMaySubmitToItsOwnPool() async throws {
    try await simulated {
      let box = Recorder<WorkerPool<Int, Int>>()
      let pool = WorkerPool<Int, Int>(name: "nested", workers: 2, queue: nil) { number in
        if number == 0 { return 1 }
        try await box.values[0].submit(number - 1)
        return number
      }
      box.add(pool)
      try await pool.submit(10)
      try await pool.wait()
      #expect(pool.stats.completed == 11)
      await pool.close()
    }
  }

  @Test(arguments: [2, 8]) func nothingIsLostOnRealWorkers(workers: Int) async throws {
    let sum = AtomicInteger()
    let pool = WorkerPool<Int, Int>(name: "stress", workers: 4, queue: 16) { number in
      if number % 7 == 0 { await Task.yield() }
      if number % 100 == 0 { throw Broken() }
      sum.add(number)
      return number
    }
    try await onWorkers(workers) {
      try await withScope { scope in
        for producer in 0..<8 {
          scope.spawn {
            for number in (producer * 500)..<((producer + 1) * 500) {
              let task = try await pool.submit(number, key: number % 3)
              if number % 11 == 0 { task.cancel() }
              if number % 13 == 0 { _ = await task.result }
            }
          }
        }
        scope.spawn {
          for size in [1, 6, 2, 8, 3] {
            try pool.resize(workers: size)
            await Task.yield()
          }
        }
      }
      await pool.close()
    }
    let stats = pool.stats
    #expect(stats.submitted == 4000)
    #expect(stats.completed + stats.failed + stats.dropped == 4000)
    #expect(stats.active == 0 && stats.queued == 0 && stats.waiting == 0)
    #expect(stats.completed > 3000 && sum.load() > 0)
  }
}

/// Whether so much virtual time has passed; timers round up to their wheel's ticks.
func isAbout(_ time: Duration) -> Bool {
  Simulation.elapsed >= time && Simulation.elapsed < time + .milliseconds(1)
}

/// A pool whose tasks each wait for a signal; closing the gate lets all go.
func blockedPool(workers: Int, queue: Int?) -> (gate: Channel<Void>, pool: WorkerPool<Int, Int>) {
  let gate = Channel<Void>()
  let pool = WorkerPool<Int, Int>(name: "blocked", workers: workers, queue: queue) { number in
    _ = try await gate.receive()
    return number
  }
  return (gate, pool)
}
