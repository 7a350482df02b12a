import CoreTestSupport
import Foundation
import Revoada
import Testing

@testable import RevoadaScheduling

/// The scheduler that is installed for the process of the tests, and those of our own.
@Suite(.timeLimit(.minutes(10)), .serialized)
struct RealSchedulerTests {
  private actor Counter {
    var value = 0
    func increment() { value += 1 }
  }
  @MainActor private static func onMain() -> Int { 5 }

  @Test func plainConcurrencyRunsOnTheInstalledScheduler() async throws {
    #expect(installedScheduler != nil)
    #expect(!Scheduler.installGlobally(workers: 4))
    // A plain thread of the test runner may start this body: a task of our own certainly runs on a worker.
    #expect(await Task { WorkerPointer.current != nil }.value)
    let counter = Counter()
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<1_000 {
        group.addTask {
          await Task.yield()
          await counter.increment()
        }
      }
    }
    #expect(await counter.value == 1_000)
    #expect(await Self.onMain() == 5)
    let start = ContinuousClock.now
    try await Task.sleep(for: .milliseconds(2))  // real: that the hook serves `Task.sleep` is what is tested
    #expect(ContinuousClock.now - start >= .milliseconds(2))
  }

  @Test func aYieldingTaskDoesNotStarveQueuedWork() async throws {
    try await onWorkers(1) {
      let done = AtomicInteger()
      let queued = (0..<100).map { _ in spawn { done.add(1) } }
      while done.load() < 100 { await Task.yield() }
      for goroutine in queued { _ = try await goroutine.value }
    }
  }

  @Test func aPairThatKeepsWakingEachOtherDoesNotStarveQueuedWork() async throws {
    try await onWorkers(1) {
      let (ping, pong, done) = (Channel<Int>(), Channel<Int>(), AtomicInteger())
      spawn { for try await number in ping { try await pong.send(number) } }
      spawn { done.store(1) }
      while done.load() == 0 {
        try await ping.send(1)
        _ = try await pong.receive()
      }
      ping.close()
    }
  }

  @Test func aSchedulerOfOnesOwnRunsItsTasksAndEnds() async throws {
    for _ in 0..<20 {
      let scheduler = Scheduler(workers: 3)
      let sum = await withTaskGroup(of: Int.self) { group in
        for number in 0..<100 { group.addTask(executorPreference: scheduler) { number } }
        return await group.reduce(0, +)
      }
      #expect(sum == 4_950)
    }
  }

  @Test(arguments: [1, 2, 8]) func noWakeUpFromPlainThreadsIsLost(workers: Int) async throws {
    let resumed = try await onWorkers(workers) {
      let threads = 4
      let each = 25_000
      let waiting = (0..<threads).map { _ in Channel<UnsafeContinuation<Void, Never>>(capacity: 1) }
      for channel in waiting {
        startThread {
          var count = 0
          while count < each {
            guard case .received(let continuation) = channel.tryReceive() else {
              sched_yield()
              continue
            }
            continuation.resume()
            count += 1
          }
        }
      }
      let resumed = AtomicInteger()
      try await withScope { scope in
        for channel in waiting {
          scope.spawn {
            for _ in 0..<each {
              await suspended { _ = channel.trySend($0) }
              resumed.add(1)
            }
          }
        }
      }
      return resumed.load()
    }
    #expect(resumed == 100_000)
  }

  @Test func offloadedCallsRunBesideEachOtherAndHoldUpNoWorker() async throws {
    try await onWorkers(1) {
      // Four calls that each wait for the other three: only possible side by side.
      let (arrived, worked) = (AtomicInteger(), AtomicInteger())
      try await withScope { scope in
        for _ in 0..<4 {
          scope.spawn {
            try await offload {
              arrived.add(1)
              while arrived.load() < 4 || worked.load() == 0 { sched_yield() }
            }
          }
        }
        scope.spawn {
          while arrived.load() < 4 { await Task.yield() }
          worked.store(1)
        }
      }
      #expect(worked.load() == 1)
      struct Failure: Error {}
      await #expect(throws: Failure.self) { try await offload { throw Failure() } }
    }
  }
}
