import CoreTestSupport
import Revoada
import Testing

@Suite(.timeLimit(.minutes(10)))
struct SelectFairnessTests {
  @Test(arguments: [2, 3, 8]) func readyCasesAreTakenAboutEquallyOften(cases: Int) async throws {
    let rounds = 10_000
    let channels = (0..<cases).map { _ in Channel<Int>(capacity: 1) }
    for channel in channels { try await channel.send(0) }
    var counts = Array(repeating: 0, count: cases)
    for _ in 0..<rounds {
      let picked = try await select {
        for (index, channel) in channels.enumerated() { Receive(channel) { _ in index } }
      }
      counts[picked] += 1
      try await channels[picked].send(0)
    }
    // Wide limits: ten standard deviations or so.
    let expected = rounds / cases
    for count in counts { #expect(count > expected / 2 && count < expected * 3 / 2, "\(counts)") }
  }

  @Test func noReadyCaseStarvesBesideCasesThatAreNotReady() async throws {
    let idle = (0..<4).map { _ in Channel<Int>() }
    let (a, b) = (Channel<Int>(capacity: 1), Channel<Int>(capacity: 1))
    try await a.send(0)
    try await b.send(0)
    var counts = [0, 0]
    for _ in 0..<10_000 {
      let picked = try await select {
        Receive(a) { _ in 0 }
        Receive(b) { _ in 1 }
        for channel in idle { Receive(channel) { _ in 2 } }
      }
      counts[picked] += 1
      try await (picked == 0 ? a : b).send(0)
    }
    #expect(counts.allSatisfy { $0 > 1_000 }, "\(counts)")
  }

  @Test func aDuplicateChannelWaitsOnceInEachCase() async throws {
    try await simulated {
      let channel = Channel<Int>()
      let selecting = spawn {
        try await select {
          Receive(channel) { $0 }
          Receive(channel) { $0 }
          Receive(channel) { $0 }
        }
      }
      try await settle()
      try await channel.send(1)
      #expect(try await selecting.value == 1)
      guard case .full = channel.trySend(2) else { return #expect(Bool(false), "a receiver was left") }
    }
  }
}
