import CoreTestSupport
import Revoada

/// What every ``WorkStore`` must do.
package enum WorkStoreRules {
  package typealias Store = any WorkStore<Int>
  package static var all: [Rule<Store>] { claims + leases + orders + ends }

  struct Broken: Error, CustomStringConvertible { let description = "broken" }

  static func next(_ store: Store, lease: Duration? = nil, line: UInt = #line) async throws -> WorkClaim<Int>
  {
    guard let claim = try await store.claim(lease: lease) else {
      throw Violation(description: "line \(line): the store gave no item")
    }
    return claim
  }

  static func add(_ store: Store, _ items: Int..., options: EnqueueOptions = EnqueueOptions()) async throws {
    for item in items { _ = try await store.enqueue(item, options) }
  }

  static func expectBalance(_ store: Store, pending: Int, line: UInt = #line) async throws {
    let ledger = try await store.ledger()
    try expect(ledger.pending, is: pending, "pending", line: line)
    try expect(ledger.isBalanced, is: true, "balance of \(ledger)", line: line)
  }

  static func isLost(_ error: any Error) -> Bool {
    if case .leaseLost? = error as? WorkQueueError { true } else { false }
  }

  // MARK: Claiming and settling

  static let claims: [Rule<Store>] = [
    Rule("items come in the order in which they were added") { store, _ in
      try await add(store, 1, 2, 3)
      for item in 1...3 {
        let claim = try await next(store)
        try expect(claim.item, is: item)
        try expect(claim.attempt, is: 1)
        try await store.ack(claim.receipt)
      }
      try await expectBalance(store, pending: 0)
      try expect(try await store.ledger().completed, is: 3)
    },
    Rule("an item that is being worked on is given to nobody else") { store, traits in
      try await add(store, 1)
      let claim = try await next(store)
      let second = spawn { try await store.claim(lease: nil) }
      try await sleep(for: traits.tick * 3)
      try await expectBalance(store, pending: 1)
      second.cancel()
      try expect(await second.result.isCancellation, is: true, "a cancelled claim")
      try await store.ack(claim.receipt)
    },
    Rule("a claim waits for an item") { store, traits in
      let waiting = spawn { try await store.claim(lease: nil)?.item }
      try await sleep(for: traits.tick)
      try await add(store, 7)
      try expect(try await waiting.value, is: 7)
      try await expectBalance(store, pending: 1)
    },
    Rule("a cancelled claim takes nothing") { store, traits in
      let waiting = spawn { try await store.claim(lease: nil) }
      try await sleep(for: traits.tick)
      waiting.cancel()
      try expect(await waiting.result.isCancellation, is: true)
      try await add(store, 1)
      try expect(try await next(store).item, is: 1)
    },
    Rule("a nak gives the item out again, and counts") { store, _ in
      try await add(store, 1, 2)
      let first = try await next(store)
      try await store.nak(first.receipt, delay: .zero)
      try expect(try await next(store).item, is: 2)
      let again = try await next(store)
      try expect(again.item, is: 1)
      try expect(again.attempt, is: 2)
      try expect(try await store.ledger().retries, is: 1)
      try await expectBalance(store, pending: 2)
    },
    Rule("a nak with a delay is not due before") { store, traits in
      try await add(store, 1)
      try await store.nak(try await next(store).receipt, delay: traits.tick * 5)
      try expect(try await store.ledger().delayed, is: 1)
      let waiting = spawn { try await store.claim(lease: nil)?.attempt }
      try await sleep(for: traits.tick * 2)
      try await expectBalance(store, pending: 1)
      try expect(try await store.ledger().claimed, is: 0)
      try expect(try await waiting.value, is: 2)
    },
    Rule("a release does not count as an attempt") { store, _ in
      try await add(store, 1, 2)
      try await store.release(try await next(store).receipt)
      let again = try await next(store)
      try expect(again.item, is: 1)
      try expect(again.attempt, is: 1)
    },
    Rule("what is settled cannot be settled again") { store, _ in
      try await add(store, 1)
      let claim = try await next(store)
      try await store.ack(claim.receipt)
      try await expect("a second ack", throws: isLost) { try await store.ack(claim.receipt) }
      try await expect("a nak after it", throws: isLost) { try await store.nak(claim.receipt, delay: .zero) }
      try await expect("more time", throws: isLost) {
        try await store.extend(claim.receipt, lease: .seconds(1))
      }
      try await expectBalance(store, pending: 0)
    },
    Rule("a receipt is good for one delivery") { store, _ in
      try await add(store, 1)
      let first = try await next(store)
      try await store.nak(first.receipt, delay: .zero)
      let second = try await next(store)
      try await expect("the first one's ack", throws: isLost) { try await store.ack(first.receipt) }
      try await store.ack(second.receipt)
      try expect(try await store.ledger().completed, is: 1)
    },
  ]

  // MARK: Leases

  static let leases: [Rule<Store>] = [
    Rule("an item whose lease has ended is given to another") { store, traits in
      try await add(store, 1)
      let first = try await next(store, lease: traits.tick * 2)
      let second = try await next(store)
      try expect(second.attempt, is: 2)
      try expect(second.crashes, is: 1)
      try await expect("the first one's ack", throws: isLost) { try await store.ack(first.receipt) }
      try await store.ack(second.receipt)
      let ledger = try await store.ledger()
      try expect([ledger.completed, ledger.crashRecoveries], is: [1, 1])
      try await expectBalance(store, pending: 0)
    },
    Rule("progress keeps the lease") { store, traits in
      try await add(store, 1)
      let claim = try await next(store, lease: traits.tick * 4)
      for _ in 0..<4 {
        try await sleep(for: traits.tick * 2)
        try await store.extend(claim.receipt, lease: traits.tick * 4)
      }
      try await store.ack(claim.receipt)
      try expect(try await store.ledger().crashRecoveries, is: 0)
    },
    Rule("a lease ends only once") { store, traits in
      try await add(store, 1)
      _ = try await next(store, lease: traits.tick)
      let second = try await next(store)
      try await sleep(for: traits.tick * 4)
      try await store.ack(second.receipt)
      try expect(try await store.ledger().crashRecoveries, is: 1)
    },
  ]

  // MARK: Order

  static let orders: [Rule<Store>] = [
    Rule("a delayed item is not due before") { store, traits in
      try await add(store, 1, options: EnqueueOptions(delay: traits.tick * 5))
      try await add(store, 2)
      try expect(try await next(store).item, is: 2)
      try expect(try await store.ledger().delayed, is: 1)
      try expect(try await next(store).item, is: 1)
      try await expectBalance(store, pending: 2)
    },
    Rule("the more urgent comes first") { store, _ in
      for (item, priority) in [(1, 0), (2, -1), (3, 5), (4, 0), (5, 5)] {
        try await add(store, item, options: EnqueueOptions(priority: priority))
      }
      var order: [Int] = []
      for _ in 0..<5 { order.append(try await next(store).item) }
      try expect(order, is: [3, 5, 1, 4, 2])
    },
    Rule("a unique key is taken until the item is done") { store, _ in
      let options = EnqueueOptions(key: "daily")
      let first = try await store.enqueue(1, options)
      try expect(try await store.enqueue(2, options), is: .duplicate(of: first.id))
      let claim = try await next(store)
      try expect(try await store.enqueue(3, options), is: .duplicate(of: first.id))
      try await store.ack(claim.receipt)
      guard case .added = try await store.enqueue(4, options) else {
        throw Violation(description: "the key is free again")
      }
      try expect(try await store.ledger().duplicates, is: 2)
      try await expectBalance(store, pending: 1)
    },
    Rule("lanes take turns") { store, _ in
      for item in [1, 2, 3, 4] { try await add(store, item, options: EnqueueOptions(lane: "a")) }
      try await add(store, 11, options: EnqueueOptions(lane: "b"))
      var order: [Int] = []
      for _ in 0..<3 { order.append(try await next(store).item) }
      try expect(order.contains(11), is: true, "the other lane's turn in \(order)")
    },
  ]

  // MARK: Ends

  static let ends: [Rule<Store>] = [
    Rule("waiting until idle waits for everything that is pending") { store, traits in
      try await store.waitUntilIdle()
      try await add(store, 1)
      try await add(store, 2, options: EnqueueOptions(delay: traits.tick * 3))
      let waiting = spawn { try await store.waitUntilIdle() }
      for _ in 0..<2 { try await store.ack(try await next(store).receipt) }
      try await waiting.value
      try await expectBalance(store, pending: 0)
    },
    Rule("a closed store takes nothing") { store, _ in
      store.close()
      store.close()
      try await expect("adding", throws: { if case .closed? = $0 as? WorkQueueError { true } else { false } })
      {
        try await add(store, 1)
      }
      try expect(try await store.claim(lease: nil)?.item, is: nil)
      try expect(try await store.claimDeadLetter(lease: nil)?.item, is: nil)
      try await expectBalance(store, pending: 0)
    },
    Rule("what is pending when the store is closed is not lost") { store, traits in
      try await add(store, 1)
      try await add(store, 2, options: EnqueueOptions(delay: traits.tick * 3))
      store.close()
      if traits.keepsItems { return try await expectBalance(store, pending: 2) }
      for item in 1...2 {
        let claim = try await next(store)
        try expect(claim.item, is: item)
        try await store.ack(claim.receipt)
      }
      try expect(try await store.claim(lease: nil)?.item, is: nil)
    },
    Rule("closing ends those who wait") { store, traits in
      let claiming = spawn { try await store.claim(lease: nil)?.item }
      let reading = spawn { try await store.claimDeadLetter(lease: nil)?.item }
      try await sleep(for: traits.tick)
      store.close()
      try expect(try await claiming.value, is: nil)
      try expect(try await reading.value, is: nil)
    },
    Rule("taking back returns what nobody works on") { store, traits in
      try await add(store, 1, 2)
      try await add(store, 3, options: EnqueueOptions(delay: .seconds(60)))
      let claim = try await next(store)
      store.close()
      try expect(try await store.takeBack(), is: traits.keepsItems ? [] : [2, 3])
      try await store.ack(claim.receipt)
      try await expectBalance(store, pending: traits.keepsItems ? 2 : 0)
    },
  ]
}
