import Revoada

/// What every ``WorkStore`` must do with what failed for good.
package enum DeadLetterRules {
  package typealias Store = any WorkStore<Int>
  private typealias Work = WorkStoreRules

  private static func kill(_ store: Store, _ items: ClosedRange<Int>) async throws {
    for item in items {
      try await Work.add(store, item)
      let claim = try await Work.next(store)
      try await store.term(claim.receipt, error: Work.Broken(), attempts: 1, asDeadLetter: true)
    }
  }

  package static let all: [Rule<Store>] = [
    Rule("a dead letter has its item, its error and its attempts") { store, _ in
      try await Work.add(store, 1)
      try await store.nak(try await Work.next(store).receipt, delay: .zero)
      let claim = try await Work.next(store)
      try await store.term(
        claim.receipt, error: Work.Broken(), attempts: claim.attempt, asDeadLetter: true)
      let letter = try await store.claimDeadLetter(lease: nil)
      try expect(letter?.item, is: 1)
      try expect(letter?.attempts, is: 2)
      try expect(letter.map { "\($0.error)" }, is: "broken")
      try await Work.expectBalance(store, pending: 0)
    },
    Rule("what is discarded is counted and gone") { store, _ in
      try await Work.add(store, 1)
      try await store.term(
        try await Work.next(store).receipt, error: Work.Broken(), attempts: 1, asDeadLetter: false)
      let ledger = try await store.ledger()
      try expect([ledger.dead, ledger.discarded], is: [0, 1])
      try await Work.expectBalance(store, pending: 0)
    },
    Rule("reading waits for a dead letter") { store, traits in
      let reading = spawn { try await store.claimDeadLetter(lease: nil)?.item }
      try await sleep(for: traits.tick)
      try await kill(store, 5...5)
      try expect(try await reading.value, is: 5)
      try expect(try await store.tryClaimDeadLetter(lease: nil)?.item, is: nil)
    },
    Rule("a letter that is given back is the next to be read") { store, _ in
      try await kill(store, 1...3)
      let first = try await store.claimDeadLetter(lease: nil)
      try expect(first?.item, is: 1)
      try await store.returnDeadLetter(first?.id ?? 0)
      try expect(try await store.deadLetters(limit: 9).map(\.item), is: [1, 2, 3])
      let again = try await store.claimDeadLetter(lease: nil)
      try expect(again?.item, is: 1)
      try expect(try await store.removeDeadLetter(again?.id ?? 0), is: true)
      try expect(try await store.removeDeadLetter(again?.id ?? 0), is: false)
      let ledger = try await store.ledger()
      try expect([ledger.dead, ledger.removed], is: [2, 1])
      try await Work.expectBalance(store, pending: 0)
    },
    Rule("replayed letters are like new") { store, _ in
      try await kill(store, 1...3)
      let letters = try await store.deadLetters(limit: 9)
      try expect(try await store.replayDeadLetters([letters[1].id], first: false), is: 1)
      let claim = try await Work.next(store)
      try expect(claim.item, is: 2)
      try expect(claim.attempt, is: 1)
      try expect(try await store.replayDeadLetters(nil, first: false), is: 2)
      let ledger = try await store.ledger()
      try expect([ledger.dead, ledger.replayed], is: [0, 3])
      try await Work.expectBalance(store, pending: 3)
    },
    Rule("letters can be replayed before everything else") { store, _ in
      try await kill(store, 1...2)
      try await Work.add(store, 3)
      try await store.replayDeadLetters(nil, first: true)
      var order: [Int] = []
      for _ in 0..<3 { order.append(try await Work.next(store).item) }
      try expect(order, is: [1, 2, 3])
    },
    Rule("a dead item's unique key is free, and a replay respects who has it") { store, _ in
      let options = EnqueueOptions(key: "one")
      try await Work.add(store, 1, options: options)
      try await store.term(
        try await Work.next(store).receipt, error: Work.Broken(), attempts: 1, asDeadLetter: true)
      try await Work.add(store, 2, options: options)
      try expect(try await store.replayDeadLetters(nil, first: false), is: 0)
      try await store.ack(try await Work.next(store).receipt)
      try expect(try await store.replayDeadLetters(nil, first: false), is: 1)
      try await Work.expectBalance(store, pending: 1)
    },
    Rule("purged letters are gone, held ones stay") { store, _ in
      try await kill(store, 1...3)
      let held = try await store.claimDeadLetter(lease: nil)
      try expect(try await store.purgeDeadLetters(nil), is: 2)
      try expect(try await store.ledger().dead, is: 1)
      try await store.returnDeadLetter(held?.id ?? 0)
      try expect(try await store.deadLetters(limit: 9).map(\.item), is: [1])
      try await Work.expectBalance(store, pending: 0)
    },
    Rule("reading ends when the store is closed and everything read") { store, traits in
      try await kill(store, 1...1)
      let held = try await store.claimDeadLetter(lease: nil)
      let reading = spawn { try await store.claimDeadLetter(lease: nil)?.item }
      store.close()
      try await sleep(for: traits.tick)
      try await store.returnDeadLetter(held?.id ?? 0)
      try expect(try await reading.value, is: 1)
      let second = spawn { try await store.claimDeadLetter(lease: nil)?.item }
      try await sleep(for: traits.tick)
      try await store.removeDeadLetter(held?.id ?? 0)
      try expect(try await second.value, is: nil)
    },
  ]
}
