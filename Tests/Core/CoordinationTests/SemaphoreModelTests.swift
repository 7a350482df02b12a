import CoreTestSupport
import Revoada
import RevoadaResilience
import Testing

/// What the tests ask of a semaphore.
protocol PermitsUnderTest: Sendable {
  func acquire(_ count: Int) async throws
  func tryAcquire(_ count: Int) -> Bool
  func release(_ count: Int)
  func setSize(_ size: Int) throws
  var available: Int { get }
}
extension Semaphore: PermitsUnderTest {
  func setSize(_ size: Int) throws { try resize(to: size) }
}

/// Random requests, releases, cancellations and resizes, compared with a sequential model.
@Suite(.timeLimit(.minutes(10)))
struct SemaphoreModelTests {
  struct Model: SequentialModel {
    var free: Int
    var size: Int
    var queue: [(id: Int, count: Int)] = []
    var ended: [Int: String] = [:]
    var withdrawn: Set<Int> = []
    /// The permits of those who have been served and have not released.
    var held: [Int: Int] = [:]

    init(permits: Int) { (free, size) = (permits, permits) }

    mutating func ask(_ id: Int, _ count: Int) {
      if count > size { return fail(id, count) }
      queue.append((id, count))
      serve()
      if withdrawn.contains(id) { withdraw(id) }
    }
    mutating func withdraw(_ id: Int) {
      withdrawn.insert(id)
      guard let place = queue.firstIndex(where: { $0.id == id }) else { return }
      queue.remove(at: place)
      ended[id] = "cancelled"
      serve()
    }
    mutating func release(_ id: Int) -> Int {
      let count = held.removeValue(forKey: id)!
      free += count
      serve()
      return count
    }
    mutating func tryAcquire(_ id: Int, _ count: Int) -> Bool {
      guard queue.isEmpty, free >= count, count <= size else { return false }
      free -= count
      held[id] = count
      return true
    }
    mutating func resize(_ size: Int) {
      free += size - self.size
      self.size = size
      for (id, count) in queue where count > size { fail(id, count) }
      queue.removeAll { $0.count > size }
      serve()
    }
    private mutating func fail(_ id: Int, _ count: Int) {
      ended[id] = "\(count) permits were requested of a semaphore of size \(size)"
    }
    private mutating func serve() {
      while let head = queue.first, head.count <= free {
        queue.removeFirst()
        free -= head.count
        held[head.id] = head.count
        ended[head.id] = "served"
      }
    }
  }

  static func differences(
    seed: UInt64, steps: Int = 60, _ make: @escaping @Sendable (Int) -> any PermitsUnderTest
  ) async throws -> [String] {
    try await Simulation(seed: seed).run {
      var generator = SeededGenerator(seed: seed)
      let size = Int.random(in: 1...6, using: &generator)
      let (permits, run) = (make(size), ModelRun(Model(permits: size)))
      for step in 0..<steps where run.differences.isEmpty {
        for turn in 0..<Int.random(in: 1...4, using: &generator) {
          let id = step * 10 + turn
          switch Int.random(in: 0..<8, using: &generator) {
          case 0...2:
            let count = Int.random(in: 0...7, using: &generator)
            run.start(id, count) { try await permits.acquire(count) }
          case 3...5:
            guard let holder = run.withModel({ $0.held.keys.sorted().randomElement(using: &generator) })
            else { continue }
            run.serve(thenCancel: .random(using: &generator)) {
              permits.release(run.withModel { $0.release(holder) })
            }
          case 6:
            // Those behind it are let in when its task has run.
            if let id = run.open.randomElement(using: &generator) { run.cancel(id) }
            try await run.compare("cancellation in step \(step)")
          default:
            try await run.compare("before step \(step)")
            let count = Int.random(in: 0...7, using: &generator)
            if Bool.random(using: &generator) {
              let (taken, expected) = (
                permits.tryAcquire(count), run.withModel { $0.tryAcquire(id, count) }
              )
              if taken != expected { run.note("tried \(count) in step \(step): \(taken)") }
            } else {
              try permits.setSize(count)
              run.withModel { $0.resize(count) }
            }
          }
        }
        try await run.compare("step \(step)")
        let (available, expected) = (permits.available, run.withModel { $0.free })
        if available != expected { run.note("step \(step): \(available) available, expected \(expected)") }
      }
      try await run.end()
      return run.differences
    }
  }

  @Test(arguments: 0..<80) func theSemaphoreDoesWhatTheModelDoes(seed: UInt64) async throws {
    let differences = try await Self.differences(seed: seed) { Semaphore(permits: $0) }
    #expect(differences == [])
  }

  /// What one gets wrong in a semaphore.
  enum Flaw: CaseIterable, Sendable {
    case losesPermitsWhenServedThenCancelled, barges, oneTooMany, forgetsResizing, keepsOversizedWaiters
    case returnsOneAtATime
  }

  struct Broken: PermitsUnderTest {
    let flaw: Flaw
    private let inner: Semaphore
    init(_ flaw: Flaw, _ permits: Int) {
      self.flaw = flaw
      inner = Semaphore(permits: flaw == .oneTooMany ? permits + 1 : permits)
    }
    var available: Int { inner.available }
    func tryAcquire(_ count: Int) -> Bool { inner.tryAcquire(count) }
    func release(_ count: Int) { inner.release(flaw == .returnsOneAtATime ? min(1, count) : count) }
    func setSize(_ size: Int) throws { if flaw != .forgetsResizing { try inner.resize(to: size) } }
    func acquire(_ count: Int) async throws {
      switch flaw {
      case .losesPermitsWhenServedThenCancelled:
        try await inner.acquire(count)
        try Task.checkCancellation()
      case .barges: while !inner.tryAcquire(count) { try await sleep(for: .microseconds(10)) }
      case .keepsOversizedWaiters:
        do { try await inner.acquire(count) } catch is SemaphoreTooSmall {
          try await sleep(for: .seconds(1_000_000))
        }
      default: try await inner.acquire(count)
      }
    }
  }

  @Test(arguments: Flaw.allCases) func aBrokenSemaphoreIsCaught(flaw: Flaw) async throws {
    let caught = try await caught(seeds: 0..<20) { seed in
      try await Self.differences(seed: seed) { Broken(flaw, $0) }
    }
    #expect(caught >= 5)
  }

  /// The places of a bulkhead, one for each call.
  struct Places: PermitsUnderTest {
    let bulkhead: Bulkhead
    var available: Int { bulkhead.limit - bulkhead.stats.running }
    func acquire(_ count: Int) async throws { try await bulkhead.enter() }
    func tryAcquire(_ count: Int) -> Bool { false }
    func release(_ count: Int) { bulkhead.leave() }
    func setSize(_ size: Int) throws { try bulkhead.resize(to: size) }
  }

  @Test(arguments: 0..<40) func aBulkheadIsASemaphoreOfSingles(seed: UInt64) async throws {
    let differences = try await Simulation(seed: seed).run {
      var generator = SeededGenerator(seed: seed)
      let limit = Int.random(in: 1...5, using: &generator)
      let places = Places(bulkhead: Bulkhead(name: "model", limit: limit))
      let run = ModelRun(Model(permits: limit))
      for step in 0..<60 where run.differences.isEmpty {
        for turn in 0..<Int.random(in: 1...4, using: &generator) {
          switch Int.random(in: 0..<7, using: &generator) {
          case 0...2: run.start(step * 10 + turn, 1) { try await places.acquire(1) }
          case 3, 4:
            guard let holder = run.withModel({ $0.held.keys.sorted().randomElement(using: &generator) })
            else { continue }
            run.serve(thenCancel: .random(using: &generator)) {
              places.release(run.withModel { $0.release(holder) })
            }
          case 5:
            // Those behind it are let in when its task has run.
            if let id = run.open.randomElement(using: &generator) { run.cancel(id) }
            try await run.compare("cancellation in step \(step)")
          default:
            let limit = Int.random(in: 1...6, using: &generator)
            try places.setSize(limit)
            run.withModel { $0.resize(limit) }
          }
        }
        try await run.compare("step \(step)")
        let (available, expected) = (places.available, run.withModel { $0.free })
        if available != expected { run.note("step \(step): \(available) available, expected \(expected)") }
      }
      try await run.end()
      return run.differences
    }
    #expect(differences == [])
  }
}
