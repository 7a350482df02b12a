import CoreTestSupport
import Revoada
import Testing

@testable import RevoadaWorkers

/// Keys, priorities and the number of workers.
@Suite(.timeLimit(.minutes(10)))
struct FairnessTests {
  @Test func aNoisyKeyDoesNotDelayAnother() async throws {
    try await simulated {
      let order = Recorder<String>()
      let pool = WorkerPool<String, Void>(name: "fair", workers: 1, queue: nil) { name in
        order.add(name)
        try await sleep(for: .milliseconds(1))
      }
      for _ in 0..<50 { try await pool.submit("noisy", key: 0) }
      for _ in 0..<3 { try await pool.submit("quiet", key: 1) }
      await pool.close()
      #expect(order.values.prefix(7).filter { $0 == "quiet" }.count == 3)
      #expect(order.values.count == 53)
    }
  }

  @Test func submitsThatWaitForRoomTakeTheTurnOfTheirKey() async throws {
    try await simulated {
      let order = Recorder<String>()
      let pool = WorkerPool<String, Void>(name: "fair", workers: 1, queue: 2) { name in
        order.add(name)
        try await sleep(for: .milliseconds(1))
      }
      for _ in 0..<20 { spawn { try await pool.submit("noisy", key: "noisy") } }
      try await settle()
      #expect(pool.stats.waiting == 17)
      try await pool.submit("quiet", key: "quiet").value
      #expect(order.values.count <= 4)
      while pool.stats.completed < 21 { try await sleep(for: .milliseconds(1)) }
      #expect(pool.stats.waiting == 0)
    }
  }

  @Test func noMoreTasksOfAKeyRunThanItsLimit() async throws {
    try await simulated {
      var options = PoolOptions()
      (options.workers, options.queue, options.keyLimit) = (4, nil, 2)
      let (running, peak, others) = (AtomicInteger(), Recorder<Int>(), AtomicInteger())
      let pool = WorkerPool<String, Void>(name: "limited", options: options) { key in
        if key == "a" {
          peak.add(running.add(1))
          try await sleep(for: .milliseconds(10))
          running.add(-1)
        } else {
          others.add(1)
        }
      }
      for _ in 0..<20 { try await pool.submit("a", key: "a") }
      try await settle()
      #expect(pool.stats.active == 2)
      for _ in 0..<20 { try await pool.submit("b", key: "b") }
      try await settle()
      #expect(others.load() == 20)  // two workers were left for them
      await pool.close()
      #expect(peak.values.max() == 2 && pool.stats.completed == 40)
      #expect(isAbout(.milliseconds(100)))
    }
  }

  @Test func aFullQueueOfOneKeyKeepsNoWorkerFromAnother() async throws {
    try await simulated {
      var options = PoolOptions()
      (options.workers, options.queue, options.keyLimit) = (2, 1, 1)
      let pool = WorkerPool<String, Void>(name: "limited", options: options) { key in
        if key == "a" { try await sleep(for: .seconds(1)) }
      }
      for _ in 0..<3 { try await pool.submit("a", key: "a") }
      #expect(throws: PoolError.full(pool: "limited")) { try pool.trySubmit("a", key: "a") }
      try await pool.submit("b", key: "b").value
      #expect(Simulation.elapsed < .seconds(1))
    }
  }

  @Test func urgentTasksRunFirst() async throws {
    try await simulated {
      let order = Recorder<String>()
      let pool = PriorityWorkerPool<String, Void>(name: "urgent", workers: 1) { name in
        order.add(name)
        try await sleep(for: .milliseconds(1))
      }
      try await pool.submit("first")
      try await settle()
      for (name, priority) in [("low", 1), ("high", 10), ("low 2", 1), ("high 2", 10)] {
        try await pool.submit(name, priority: priority)
      }
      try pool.trySubmit("highest", priority: 11)
      await pool.close()
      #expect(order.values == ["first", "highest", "high", "high 2", "low", "low 2"])
    }
  }

  @Test func aTaskThatWaitsAges() async throws {
    try await simulated {
      let order = Recorder<String>()
      let pool = PriorityWorkerPool<String, Void>(name: "ageing", workers: 1) { name in
        order.add(name)
        try await sleep(for: .milliseconds(900))
      }
      try await pool.submit("first")
      try await pool.submit("low", priority: 0)
      for number in 0..<20 {
        try await pool.submit("high \(number)", priority: 3)
        try await sleep(for: .milliseconds(900))
      }
      await pool.close()
      // Without ageing it would have been the last.
      let place = try #require(order.values.firstIndex(of: "low"))
      #expect((4...6).contains(place))
    }
  }

  @Test func withoutAgeingTheLowestWaitForEver() async throws {
    try await simulated(seeds: 0..<2) {
      let order = Recorder<String>()
      let pool = PriorityWorkerPool<String, Void>(name: "strict", workers: 1, ageing: nil) { name in
        order.add(name)
        try await sleep(for: .seconds(10))
      }
      try await pool.submit("first")
      try await pool.submit("low", priority: 0)
      for number in 0..<5 {
        try await pool.submit("high \(number)", priority: 1)
        try await sleep(for: .seconds(10))
      }
      await pool.close()
      #expect(order.values.last == "low")
    }
  }

  @Test func anUrgentSubmitDoesNotWaitBehindAFullQueue() async throws {
    try await simulated {
      let order = Recorder<Int>()
      let pool = PriorityWorkerPool<Int, Void>(name: "full", workers: 1, queue: 5) { number in
        order.add(number)
        try await sleep(for: .milliseconds(1))
      }
      for number in 0..<10 { spawn { try await pool.submit(number) } }
      try await settle()
      try await pool.submit(100, priority: 5)
      try await pool.wait()
      #expect(order.values[1] == 100)
      await pool.close()
    }
  }

  @Test func anAdaptivePoolGrowsUnderLoadAndShrinksWhenIdle() async throws {
    try await simulated {
      let pool = AdaptiveWorkerPool<Int, Int>(
        name: "adaptive", minWorkers: 2, maxWorkers: 8, checkInterval: .milliseconds(10)
      ) { number in
        try await sleep(for: .milliseconds(10))
        return number
      }
      #expect(pool.stats.workers == 2)
      for number in 0..<300 { try await pool.submit(number) }
      #expect(pool.stats.workers == 2)
      try await sleep(for: .milliseconds(100))
      #expect(pool.stats.workers == 8 && pool.stats.active == 8)
      try await pool.wait()
      #expect(Simulation.elapsed < .milliseconds(600))
      try await sleep(for: .milliseconds(200))
      #expect(pool.stats.workers == 2 && pool.stats.completed == 300)
      // And again.
      for number in 0..<300 { try await pool.submit(number) }
      try await sleep(for: .milliseconds(100))
      #expect(pool.stats.workers == 8)
      await pool.close()
      #expect(pool.stats.completed == 600)
    }
  }

  @Test func aLongQueueOfBriefTasksNeedsNoMoreWorkers() async throws {
    try await simulated {
      let pool = AdaptiveWorkerPool<Int, Void>(
        name: "brief", minWorkers: 1, maxWorkers: 8, checkInterval: .milliseconds(10),
        maxWait: .milliseconds(500)
      ) { _ in try await sleep(for: .milliseconds(1)) }
      for number in 0..<100 { try await pool.submit(number) }
      for _ in 0..<9 {
        try await sleep(for: .milliseconds(10))
        #expect(pool.stats.workers == 1)
      }
      await pool.close()
    }
  }

  @Test func boundedParallelismRunsSoManyClosuresAtOnce() async throws {
    try await simulated {
      let bounded = BoundedParallelism(maxParallel: 10, queueSize: 100)
      let (running, peak, ran) = (AtomicInteger(), Recorder<Int>(), AtomicInteger())
      for _ in 0..<500 {
        try await bounded.submit {
          peak.add(running.add(1))
          try await sleep(for: .milliseconds(1))
          running.add(-1)
          ran.add(1)
        }
      }
      try await bounded.waitAll()
      #expect(ran.load() == 500 && peak.values.max() == 10)
      let text = try await bounded.submit { "any type" }
      let number = try bounded.trySubmit { 42 }
      #expect(try await text.value == "any type")
      #expect(try await number.value == 42)
      #expect(bounded.stats.completed == 502)
      await bounded.close()
      await #expect(throws: PoolError.closed(pool: "bounded")) { try await bounded.submit {} }
    }
  }

  @Test func scalingIsDecidedByWaitAndUseAndNotInHaste() {
    let scaling = Scaling(
      minimum: 2, maximum: 10, scaleUp: 0.8, scaleDown: 0.2, interval: .seconds(1),
      maxWait: .milliseconds(100))
    var decider = Scaling.Decider(scaling)
    func look(_ workers: Int, _ utilisation: Double, wait: Int, backlog: Bool) -> Int {
      decider.workers(
        after: .init(
          workers: workers, utilisation: utilisation, longestWait: .milliseconds(wait), hasBacklog: backlog))
    }
    #expect(look(2, 1, wait: 99, backlog: true) == 2)  // they do not wait long
    #expect(look(2, 0.7, wait: 500, backlog: true) == 2)  // the workers are not the reason
    #expect(look(2, 0.9, wait: 100, backlog: true) == 3)
    #expect(look(6, 0.9, wait: 100, backlog: true) == 9)
    #expect(look(9, 0.9, wait: 100, backlog: true) == 10)
    #expect(look(10, 1, wait: 100, backlog: true) == 10)
    #expect([look(10, 0.1, wait: 0, backlog: false), look(10, 0.1, wait: 0, backlog: false)] == [10, 10])
    #expect(look(10, 0.5, wait: 0, backlog: false) == 10)  // the count of idle looks starts again
    #expect((0..<3).map { _ in look(10, 0.2, wait: 0, backlog: false) } == [10, 10, 6])
    #expect((0..<3).map { _ in look(3, 0, wait: 0, backlog: false) } == [3, 3, 2])
    #expect((0..<5).map { _ in look(2, 0, wait: 0, backlog: false) } == [2, 2, 2, 2, 2])
  }
}
