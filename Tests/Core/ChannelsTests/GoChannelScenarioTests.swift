import CoreTestSupport
import Revoada
import Testing

/// Scenarios in the spirit of the tests of Go's channels (runtime/chan_test.go), written anew.
@Suite(.timeLimit(.minutes(10)))
struct GoChannelScenarioTests {
  @Test func aNonblockingReceiveNeverMissesWhatWasSentBefore() async throws {
    try await onWorkers(2) {
      for _ in 0..<300 {
        let channel = Channel<Int>(capacity: 1)
        try await channel.send(1)
        let receiver = spawn { () -> Bool in
          try await select {
            Receive(channel) { _ in true }
            Default { false }
          }
        }
        channel.close()
        #expect(try await receiver.value)
      }
    }
  }

  @Test func aSelectSeesTheFirstOrTheSecondOfTwoSends() async throws {
    try await onWorkers(2) {
      for _ in 0..<300 {
        let (a, b) = (Channel<Int>(capacity: 1), Channel<Int>(capacity: 1))
        try await a.send(1)
        // `b` is filled before `a` is emptied: one of them always is ready.
        let looker = spawn {
          try await select {
            Receive(a) { _ in true }
            Receive(b) { _ in true }
            Default { false }
          }
        }
        try await b.send(1)
        _ = try await select {
          Receive(a) { _ in }
          Default {}
        }
        #expect(try await looker.value)
      }
    }
  }

  @Test(arguments: [0, 10]) func aSelectCanSendToAndReceiveFromTheSameChannel(capacity: Int) async throws {
    try await onWorkers(2) {
      let channel = Channel<Int>(capacity: capacity)
      let (sent, received) = (AtomicInteger(), AtomicInteger())
      try await withScope { scope in
        for side in 0..<2 {
          scope.spawn {
            for _ in 0..<1_000 {
              try await select {
                Send(side, to: channel) { _ = sent.add(1) }
                Receive(channel) { element in
                  // Nobody meets himself.
                  if capacity == 0 { #expect(element != side) }
                  received.add(1)
                }
              }
            }
          }
        }
      }
      #expect(sent.load() == received.load() + channel.count)
    }
  }

  @Test(arguments: [0, 1, 100]) func randomSendsAreRandom(capacity: Int) async throws {
    let channel = Channel<Int>(capacity: capacity)
    let receiver = spawn { () -> [Int] in
      var seen: [Int] = []
      for try await bit in channel { seen.append(bit) }
      return seen
    }
    for _ in 0..<1_000 {
      try await select {
        Send(0, to: channel) {}
        Send(1, to: channel) {}
      }
    }
    channel.close()
    let ones = try await receiver.value.reduce(0, +)
    #expect(ones > 250 && ones < 750)
  }

  @Test(arguments: [2, 8]) func manyConsumersShareTheWork(workers: Int) async throws {
    let total = try await onWorkers(workers) {
      let (queue, results) = (Channel<Int>(capacity: 23), Channel<Int>(capacity: 23))
      let consumers = WaitGroup()
      consumers.add(23)
      for _ in 0..<23 {
        spawn {
          defer { consumers.done() }
          for try await number in queue { try await results.send(number * 3) }
        }
      }
      spawn {
        for number in 0..<5_000 { try await queue.send([2, 3, 5, 7][number % 4]) }
        queue.close()
        try await consumers.wait()
        results.close()
      }
      var total = 0
      for try await number in results { total += number }
      return total
    }
    #expect(total == 5_000 / 4 * (2 + 3 + 5 + 7) * 3)
  }

  @Test func manyParkedGoroutinesAllWake() async throws {
    let woken = try await onWorkers(2) {
      let channel = Channel<Int>()
      let receivers = (0..<20_000).map { _ in spawn { try await channel.receive() ?? 0 } }
      for _ in 0..<10_000 { try await channel.send(1) }
      channel.close()
      var woken = 0
      for receiver in receivers { woken += try await receiver.value }
      return woken
    }
    #expect(woken == 10_000)
  }
}
