import CoreTestSupport
import Revoada
import Testing

/// Connections that are counted from their birth to their end.
private final class Factory: Sendable {
  let created = AtomicInteger()
  let alive = AtomicInteger()
  let mostAlive = AtomicInteger()
  let destroyed = Recorder<Int>()
  let invalid = Recorder<Int>()
  let failing = AtomicInteger()

  func make() async throws -> Int {
    try await sleep(for: .milliseconds(1))
    if failing.load() > 0 { throw LoadFailure() }
    let number = created.add(1)
    let now = alive.add(1)
    if now > mostAlive.load() { mostAlive.store(now) }
    return number
  }
  func end(_ number: Int) async throws {
    try await sleep(for: .milliseconds(1))
    alive.add(-1)
    destroyed.add(number)
  }
  func pool(
    max: Int = 2, _ change: (inout ObjectPoolConfiguration) -> Void = { _ in }
  ) throws -> ObjectPool<Int> {
    var configuration = ObjectPoolConfiguration(name: "db", max: max)
    change(&configuration)
    return try ObjectPool(
      configuration, create: { try await self.make() }, destroy: { try await self.end($0) },
      validate: { !self.invalid.values.contains($0) })
  }
}

extension ObjectPoolStatistics {
  fileprivate var isBalanced: Bool { created == idle + borrowed + destroyed }
}

@Suite(.timeLimit(.minutes(10)))
struct ObjectPoolTests {
  @Test func objectsAreReusedAndNeverMoreThanTheMaximum() async throws {
    try await simulated {
      let factory = Factory()
      let pool = try factory.pool(max: 3)
      try await withScope { scope in
        for _ in 0..<50 {
          scope.spawn {
            try await pool.withObject { _ in
              #expect(pool.stats.isBalanced && pool.stats.borrowed <= 3)
              try await sleep(for: .milliseconds(1))
            }
          }
        }
      }
      #expect(factory.mostAlive.load() == 3 && factory.created.load() == 3)
      #expect(pool.stats.loans == 50 && pool.stats.idle == 3 && pool.stats.isBalanced)
      try await pool.close()
      #expect(factory.alive.load() == 0 && factory.destroyed.values.sorted() == [1, 2, 3])
      #expect(pool.stats.isBalanced && pool.stats.closing == 0)
    }
  }

  @Test func waitersAreServedInOrder() async throws {
    try await simulated {
      let pool = try Factory().pool(max: 1)
      let first = try await pool.acquire()
      let order = Recorder<Int>()
      for number in 0..<5 {
        spawn { try await pool.withObject { _ in order.add(number) } }
        try await settle()
      }
      #expect(pool.stats.waiting == 5)
      try first.release()
      try await settle()
      #expect(order.values == [0, 1, 2, 3, 4])
    }
  }

  @Test func aWaitEndsInTime() async throws {
    try await simulated {
      let pool = try Factory().pool(max: 1) { $0.timeout = .seconds(5) }
      let first = try await pool.acquire()
      await #expect(throws: ObjectPoolError.timedOut(pool: "db", limit: .seconds(5))) {
        try await pool.acquire()
      }
      await #expect(throws: ObjectPoolError.timedOut(pool: "db", limit: .zero)) {
        try await pool.acquire(timeout: .zero)
      }
      #expect(pool.stats.timeouts == 2 && pool.stats.waiting == 0)
      try first.release()
      try await pool.withObject(timeout: .seconds(1)) { #expect($0 == 1) }
      #expect(pool.stats.borrowed == 0)
    }
  }

  @Test(arguments: Home.allCases) func servedThenCancelled(home: Home) async throws {
    try await simulated {
      let pool = try Factory().pool(max: 1)
      let first = try await pool.acquire()
      let served = try await home.cancelling(after: { try? first.release() }) { try await pool.acquire() }
      #expect(try served.get().object == 1)
      let unserved = try await home.cancelling { try await pool.acquire() }
      #expect(unserved.isCancellation)
      try served.get().release()
      #expect(pool.stats.idle == 1 && pool.stats.waiting == 0 && pool.stats.isBalanced)
    }
  }

  @Test func tooManyWaitersAreRefused() async throws {
    try await simulated(seeds: 0..<2) {
      let pool = try Factory().pool(max: 1) { $0.maxWaiters = 0 }
      let first = try await pool.acquire()
      await #expect(throws: ObjectPoolError.full(pool: "db", waiters: 0)) { try await pool.acquire() }
      try first.release()
      try await pool.acquire().release()
    }
  }

  @Test func releasingTwiceIsAnError() async throws {
    try await simulated(seeds: 0..<2) {
      let pool = try Factory().pool()
      let handle = try await pool.acquire()
      try handle.release()
      #expect(throws: ObjectPoolError.alreadyReleased(pool: "db")) { try handle.release() }
      #expect(throws: ObjectPoolError.alreadyReleased(pool: "db")) { try handle.discard() }
      #expect(throws: ObjectPoolError.alreadyReleased(pool: "db")) { try handle.object }
      #expect(pool.stats.idle == 1 && pool.stats.isBalanced)
    }
  }

  @Test func aDroppedHandleIsALeakAndItsObjectIsDestroyed() async throws {
    try await simulated(seeds: 0..<2) {
      let factory = Factory()
      let pool = try factory.pool(max: 1)
      do { _ = try await pool.acquire() }
      try await pool.withObject { #expect($0 == 2) }
      #expect(pool.stats.leaked == 1 && factory.destroyed.values == [1] && pool.stats.isBalanced)
    }
  }

  @Test func discardedObjectsAreReplaced() async throws {
    try await simulated(seeds: 0..<2) {
      let factory = Factory()
      let pool = try factory.pool(max: 1)
      try await pool.acquire().discard()
      try await pool.withObject { #expect($0 == 2) }
      #expect(factory.destroyed.values == [1] && pool.stats.isBalanced)
    }
  }

  @Test func invalidObjectsAreNotLent() async throws {
    try await simulated(seeds: 0..<2) {
      let factory = Factory()
      let pool = try factory.pool(max: 1) { $0.validation = [.onBorrow, .onReturn] }
      try await pool.acquire().release()
      try await settle()
      #expect(pool.stats.idle == 1)
      factory.invalid.add(1)
      let second = try await pool.acquire()
      #expect(try second.object == 2)
      factory.invalid.add(2)
      try second.release()
      try await sleep(for: .seconds(1))
      #expect(factory.destroyed.values == [1, 2] && pool.stats.validationFailures == 2)
      #expect(pool.stats.isBalanced && pool.stats.idle == 0)
    }
  }

  @Test func aFailedCreationGoesToItsBorrowerAndFreesThePlace() async throws {
    try await simulated(seeds: 0..<4) {
      let factory = Factory()
      let pool = try factory.pool(max: 1)
      factory.failing.store(1)
      let (first, second) = (spawn { try await pool.acquire() }, spawn { try await pool.acquire() })
      await #expect(throws: LoadFailure.self) { try await first.value }
      await #expect(throws: LoadFailure.self) { try await second.value }
      factory.failing.store(0)
      try await pool.withObject { #expect($0 == 1) }
      #expect(pool.stats.createFailures == 2 && pool.stats.creating == 0 && pool.stats.isBalanced)
    }
  }

  @Test func aFailedDestructionIsCountedAndLosesNoPlace() async throws {
    try await simulated(seeds: 0..<2) {
      let pool = ObjectPool(max: 1) {
        7
      } destroy: { _ in
        throw LoadFailure()
      }
      try await pool.acquire().discard()
      try await pool.withObject { #expect($0 == 7) }
      try await pool.close()
      #expect(pool.stats.destroyFailures == 2 && pool.stats.isBalanced)
    }
  }

  @Test func idleObjectsGrowOldDownToTheMinimum() async throws {
    try await simulated(seeds: 0..<2) {
      let factory = Factory()
      let pool = try factory.pool(max: 4) {
        $0.min = 1
        $0.maxIdleTime = .seconds(60)
      }
      var handles: [PooledObject<Int>] = []
      for _ in 0..<4 { handles.append(try await pool.acquire()) }
      for handle in handles { try handle.release() }
      try await sleep(for: .seconds(59))
      #expect(pool.stats.idle == 4)
      try await sleep(for: .seconds(2))
      #expect(pool.stats.idle == 1 && factory.alive.load() == 1 && pool.stats.isBalanced)
    }
  }

  @Test func nothingOutlivesItsLifetime() async throws {
    try await simulated(seeds: 0..<2) {
      let factory = Factory()
      let pool = try factory.pool(max: 2) {
        $0.min = 1
        $0.maxLifetime = .seconds(60)
      }
      try await pool.warmUp()
      let old = try await pool.acquire()
      try await sleep(for: .seconds(61))
      try old.release()
      try await sleep(for: .seconds(1))
      #expect(factory.destroyed.values == [1] && pool.stats.idle == 1)  // replaced, as the minimum asks
      try await sleep(for: .seconds(61))
      #expect(factory.destroyed.values == [1, 2] && factory.alive.load() == 1 && pool.stats.isBalanced)
      try await pool.close()
    }
  }

  @Test func theNumberOfIdleObjectsIsLimited() async throws {
    try await simulated(seeds: 0..<2) {
      let factory = Factory()
      let pool = try factory.pool(max: 4) { $0.maxIdle = 1 }
      var handles: [PooledObject<Int>] = []
      for _ in 0..<4 { handles.append(try await pool.acquire()) }
      for handle in handles { try handle.release() }
      try await sleep(for: .seconds(1))
      #expect(pool.stats.idle == 1 && factory.alive.load() == 1 && pool.stats.isBalanced)
    }
  }

  @Test func warmingUpCreatesTheMinimum() async throws {
    try await simulated(seeds: 0..<2) {
      let factory = Factory()
      let pool = try factory.pool(max: 5) { $0.min = 3 }
      try await pool.warmUp()
      #expect(pool.stats.idle == 3 && pool.stats.created == 3)
      try await pool.warmUp()
      #expect(pool.stats.created == 3)
      factory.failing.store(1)
      try pool.resize(min: 5, max: 5)
      await #expect(throws: LoadFailure.self) { try await pool.warmUp() }
      #expect(pool.stats.isBalanced)
    }
  }

  @Test func resizingTakesEffectAtOnce() async throws {
    try await simulated {
      let factory = Factory()
      let pool = try factory.pool(max: 1)
      let first = try await pool.acquire()
      let waiting = spawn { try await pool.acquire() }
      try await settle()
      try pool.resize(max: 2)
      let second = try await waiting.value
      #expect(pool.stats.borrowed == 2)
      try pool.resize(max: 1)
      try first.release()
      try second.release()
      try await sleep(for: .seconds(1))
      #expect(pool.stats.idle == 1 && factory.alive.load() == 1 && pool.stats.isBalanced)
      #expect(throws: InvalidSetting.self) { try pool.resize(max: 0) }
      #expect(throws: InvalidSetting.self) { try pool.resize(min: 3, max: 2) }
      #expect(pool.configuration.max == 1)
    }
  }

  @Test func closingWaitsForWhatIsBorrowed() async throws {
    try await simulated {
      let factory = Factory()
      let pool = try factory.pool(max: 1)
      let first = try await pool.acquire()
      let waiting = spawn { try await pool.acquire() }
      try await settle()
      let impatient = spawn { try await pool.close() }
      try await settle()
      impatient.cancel()
      #expect(await impatient.result.isCancellation)
      await #expect(throws: ObjectPoolError.closed(pool: "db")) { try await waiting.value }
      await #expect(throws: ObjectPoolError.closed(pool: "db")) { try await pool.acquire() }
      let closing = spawn {
        try await pool.close()
        return factory.alive.load()
      }
      try await sleep(for: .seconds(1))
      try first.release()
      #expect(try await closing.value == 0)
      try await pool.close()
      #expect(pool.stats.isBalanced)
    }
  }

  @Test func aReleasedPoolDestroysItsObjects() async throws {
    try await simulated(seeds: 0..<2) {
      let factory = Factory()
      do {
        let pool = try factory.pool { $0.maxIdleTime = .seconds(1_000) }
        try await pool.withObject { _ in }
      }
      try await sleep(for: .seconds(1))
      #expect(factory.alive.load() == 0)
    }
  }

  @Test func longLoansAreReportedOnce() async throws {
    try await simulated(seeds: 0..<2) {
      let pool = try Factory().pool { $0.leakWarning = .seconds(30) }
      let handle = try await pool.acquire()
      try await sleep(for: .seconds(29))
      #expect(pool.stats.leakWarnings == 0)
      try await sleep(for: .seconds(100))
      #expect(pool.stats.leakWarnings == 1)
      try handle.release()
    }
  }

  @Test func badConfigurationsAreRefused() {
    func isRefused(_ change: (inout ObjectPoolConfiguration) -> Void) -> Bool {
      do {
        _ = try Factory().pool(max: 2, change)
        return false
      } catch { return "\(error)".contains("db") }
    }
    #expect(!isRefused { _ in })
    #expect(isRefused { $0.max = 0 })
    #expect(isRefused { $0.min = 3 })
    #expect(isRefused { $0.min = -1 })
    #expect(isRefused { ($0.min, $0.maxIdle) = (2, 1) })
    #expect(isRefused { $0.maxWaiters = -1 })
    #expect(isRefused { $0.maxLifetime = .zero })
    #expect(isRefused { $0.maxIdleTime = .seconds(-1) })
    #expect(isRefused { $0.timeout = .zero })
    #expect(isRefused { $0.leakWarning = .zero })
  }

  @Test(arguments: UInt64(0)..<60) func theLedgerBalancesInEverySchedule(seed: UInt64) async throws {
    try await Simulation(seed: seed).run {
      let factory = Factory()
      let pool = try factory.pool(max: 3) {
        $0.min = 1
        $0.maxIdle = 2
        $0.maxLifetime = .milliseconds(40)
        $0.maxIdleTime = .milliseconds(10)
        $0.validation = [.onBorrow, .onReturn]
      }
      var borrowers: [Goroutine<Void>] = []
      var generator = SeededGenerator(seed: seed)
      for number in 0..<60 {
        let (pause, kind) = (
          Duration.microseconds(Int.random(in: 0..<5_000, using: &generator)),
          Int.random(in: 0..<8, using: &generator)
        )
        borrowers.append(
          spawn {
            let handle = try await pool.acquire(timeout: kind == 0 ? pause : nil)
            #expect(pool.stats.isBalanced && pool.stats.borrowed <= 3)
            do { try await sleep(for: pause) } catch {}
            switch kind {
            case 1: try handle.discard()
            case 2: break  // dropped
            case 3:
              factory.invalid.add(try handle.object)
              try handle.release()
            default: try handle.release()
            }
          })
        if number % 3 == 0 { borrowers.randomElement(using: &generator)!.cancel() }
        if number % 7 == 0 { try await sleep(for: pause) }
        let stats = pool.stats
        #expect(stats.isBalanced && stats.idle + stats.borrowed + stats.creating + stats.closing <= 3)
      }
      for borrower in borrowers { _ = await borrower.result }
      try await pool.close()
      let stats = pool.stats
      #expect(stats.isBalanced && stats.idle == 0 && stats.borrowed == 0 && stats.waiting == 0)
      #expect(factory.alive.load() == 0 && factory.mostAlive.load() <= 3)
      #expect(factory.destroyed.values.count == factory.created.load())
    }
  }

  @Test(arguments: [2, 8]) func onRealWorkers(workers: Int) async throws {
    let pool = ObjectPool(max: 3) { AtomicInteger() }
    try await onWorkers(workers) {
      try await withScope { scope in
        for index in 0..<2_000 {
          scope.spawn {
            let handle = try await pool.acquire()
            #expect(try handle.object.add(1) == 1)  // nobody else has it
            await Task.yield()
            try handle.object.add(-1)
            if index % 50 == 0 { try handle.discard() } else { try handle.release() }
          }
        }
      }
      try await pool.close()
    }
    #expect(pool.stats.isBalanced && pool.stats.loans == 2_000 && pool.stats.borrowed == 0)
  }
}
