import CoreTestSupport
import Revoada
import RevoadaCoordination
import Testing

/// What the tests ask of a read-write lock.
protocol ReadWriteUnderTest: Sendable {
  func acquire(_ access: ReadWriteGate.Access) async throws
  func tryAcquire(_ access: ReadWriteGate.Access) -> Bool
  @discardableResult func release(_ access: ReadWriteGate.Access) -> Bool
  func upgrade() async throws -> ReadWriteGate.Upgrade
  @discardableResult func downgrade() -> Bool
}
extension ReadWriteGate: ReadWriteUnderTest {}

/// Random readers, writers, upgrades and cancellations, compared with a sequential model.
@Suite(.timeLimit(.minutes(10)))
struct ReadWriteModelTests {
  enum Request: Sendable, Equatable { case read, write, upgrade(of: Int) }

  struct Model: SequentialModel {
    var readers: Set<Int> = []
    var writer: Int?
    var queue: [(id: Int, request: Request)] = []
    var ended: [Int: String] = [:]
    var withdrawn: Set<Int> = []

    mutating func ask(_ id: Int, _ request: Request) {
      if case .upgrade = request {
        if case .upgrade? = queue.first?.request {
          ended[id] = "\(UpgradePending())"
          return
        }
        queue.insert((id, request), at: 0)
      } else {
        queue.append((id, request))
      }
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
    /// Not those who wait to be upgraded.
    var idleReaders: [Int] {
      readers.filter { reader in !queue.contains { $0.request == .upgrade(of: reader) } }.sorted()
    }
    mutating func leave(_ id: Int) -> ReadWriteGate.Access {
      defer { serve() }
      if writer == id {
        writer = nil
        return .write
      }
      readers.remove(id)
      return .read
    }
    mutating func downgrade() {
      readers.insert(writer!)
      writer = nil
      serve()
    }
    mutating func tryAcquire(_ id: Int, _ access: ReadWriteGate.Access) -> Bool {
      switch access {
      case .read:
        guard queue.isEmpty, writer == nil else { return false }
        readers.insert(id)
      case .write:
        guard queue.isEmpty, writer == nil, readers.isEmpty else { return false }
        writer = id
      case .upgrade:
        guard writer == nil, readers.count == 1 else { return false }
        writer = readers.removeFirst()
      }
      return true
    }
    private mutating func serve() {
      while let (id, request) = queue.first {
        switch request {
        case .read:
          guard writer == nil else { return }
          readers.insert(id)
        case .write:
          guard writer == nil, readers.isEmpty else { return }
          writer = id
        case .upgrade(let reader):
          guard readers == [reader] else { return }
          readers = []
          writer = reader
        }
        ended[id] = "served"
        queue.removeFirst()
      }
    }
  }

  static func differences(
    seed: UInt64, steps: Int = 80, _ make: @escaping @Sendable () -> any ReadWriteUnderTest
  ) async throws -> [String] {
    try await Simulation(seed: seed).run {
      var generator = SeededGenerator(seed: seed)
      let (lock, run) = (make(), ModelRun(Model()))
      for step in 0..<steps where run.differences.isEmpty {
        for turn in 0..<Int.random(in: 1...4, using: &generator) {
          let id = step * 10 + turn
          switch Int.random(in: 0..<12, using: &generator) {
          case 0...2: run.start(id, .read) { try await lock.acquire(.read) }
          case 3: run.start(id, .write) { try await lock.acquire(.write) }
          case 4, 5:
            try await run.compare("before step \(step)")
            guard let reader = run.withModel({ $0.idleReaders.randomElement(using: &generator) })
            else { continue }
            run.start(id, .upgrade(of: reader)) {
              switch try await lock.upgrade() {
              case .upgraded: break
              case .otherIsPending: throw UpgradePending()
              case .notHeld: throw Misjudged()
              }
            }
            try await run.compare("upgrade in step \(step)")
          case 6, 7:
            guard let reader = run.withModel({ $0.idleReaders.randomElement(using: &generator) })
            else { continue }
            run.serve(thenCancel: .random(using: &generator)) {
              _ = run.withModel { $0.leave(reader) }
              if !lock.release(.read) { run.note("release of a read lock in step \(step)") }
            }
          case 8:
            guard let writer = run.withModel({ $0.writer }) else { continue }
            run.serve(thenCancel: .random(using: &generator)) {
              _ = run.withModel { $0.leave(writer) }
              if !lock.release(.write) { run.note("release of a write lock in step \(step)") }
            }
          case 9:
            guard run.withModel({ $0.writer }) != nil else { continue }
            run.withModel { $0.downgrade() }
            if !lock.downgrade() { run.note("downgrade in step \(step)") }
          case 10:
            // Those behind it are let in when its task has run.
            if let id = run.open.randomElement(using: &generator) { run.cancel(id) }
            try await run.compare("cancellation in step \(step)")
          default:
            try await run.compare("before step \(step)")
            let access = [ReadWriteGate.Access.read, .write, .upgrade].randomElement(using: &generator)!
            // Only a reader may ask for an upgrade, and not one that waits for another.
            if access == .upgrade, run.withModel({ $0.idleReaders.isEmpty }) { continue }
            let (taken, expected) = (
              lock.tryAcquire(access), run.withModel { $0.tryAcquire(id, access) }
            )
            if taken != expected { run.note("tried to \(access) in step \(step): \(taken)") }
          }
          if !run.differences.isEmpty { break }
        }
        try await run.compare("step \(step)")
      }
      try await run.end()
      return run.differences
    }
  }
  struct Misjudged: Error {}

  @Test(arguments: 0..<100) func theLockDoesWhatTheModelDoes(seed: UInt64) async throws {
    let differences = try await Self.differences(seed: seed) { ReadWriteGate() }
    #expect(differences == [])
  }

  /// What one gets wrong in a read-write lock.
  enum Flaw: CaseIterable, Sendable {
    case letsWritersInWhileUpgrading, losesTheReadLockOfACancelledUpgrade, twoUpgradesWaitForEachOther
    case readersBarge, losesTheLockWhenServedThenCancelled, downgradeLetsWritersIn
  }

  struct Broken: ReadWriteUnderTest {
    let flaw: Flaw
    private let inner = ReadWriteGate()
    init(_ flaw: Flaw) { self.flaw = flaw }

    func acquire(_ access: ReadWriteGate.Access) async throws {
      if flaw == .readersBarge, access == .read {
        while !inner.tryAcquire(.read) { try await sleep(for: .microseconds(10)) }
        return
      }
      try await inner.acquire(access)
      if flaw == .losesTheLockWhenServedThenCancelled { try Task.checkCancellation() }
    }
    func tryAcquire(_ access: ReadWriteGate.Access) -> Bool { inner.tryAcquire(access) }
    func release(_ access: ReadWriteGate.Access) -> Bool { inner.release(access) }
    func downgrade() -> Bool {
      guard flaw == .downgradeLetsWritersIn else { return inner.downgrade() }
      return inner.release(.write) && inner.tryAcquire(.read)
    }
    func upgrade() async throws -> ReadWriteGate.Upgrade {
      switch flaw {
      case .letsWritersInWhileUpgrading:
        inner.release(.read)
        try await inner.acquire(.write)
        return .upgraded
      case .losesTheReadLockOfACancelledUpgrade:
        do { return try await inner.upgrade() } catch {
          inner.release(.read)
          throw error
        }
      case .twoUpgradesWaitForEachOther:
        while true {
          let outcome = try await inner.upgrade()
          if outcome != .otherIsPending { return outcome }
          try await sleep(for: .microseconds(10))
        }
      default: return try await inner.upgrade()
      }
    }
  }

  @Test(arguments: Flaw.allCases) func aBrokenLockIsCaught(flaw: Flaw) async throws {
    let caught = try await caught(seeds: 0..<30) { seed in
      try await Self.differences(seed: seed) { Broken(flaw) }
    }
    #expect(caught >= 5)
  }
}
