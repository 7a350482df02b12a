import CoreTestSupport
import Revoada
import Testing

@Suite(.timeLimit(.minutes(10)))
struct SelectTests {
  @Test func aReadyReceiveCommitsAlone() async throws {
    let (a, b) = (Channel<Int>(capacity: 1), Channel<Int>(capacity: 1))
    try await a.send(1)
    let picked = try await select {
      Receive(a) { "a \($0 ?? 0)" }
      Receive(b) { "b \($0 ?? 0)" }
    }
    #expect(picked == "a 1")
    #expect(a.count == 0 && b.count == 0)
  }

  @Test func ofSeveralReadyCasesExactlyOneCommits() async throws {
    for _ in 0..<200 {
      let source = Channel<Int>(capacity: 1)
      let target = Channel<Int>(capacity: 1)
      try await source.send(1)
      let picked = try await select {
        Receive(source) { _ in "received" }
        Send(2, to: target) { "sent" }
      }
      #expect(source.count == (picked == "received" ? 0 : 1))
      #expect(target.count == (picked == "sent" ? 1 : 0))
    }
  }

  @Test func losersLeaveNothingBehind() async throws {
    try await simulated {
      let channels = (0..<4).map { _ in Channel<Int>() }
      let selecting = spawn {
        try await select {
          Receive(channels[0]) { $0 }
          Receive(channels[1]) { $0 }
          Send(7, to: channels[2]) { -1 }
          Send(8, to: channels[3]) { -2 }
        }
      }
      try await settle()
      try await channels[1].send(5)
      #expect(try await selecting.value == 5)
      // A case that had stayed queued would take or give an element now.
      for channel in channels {
        guard case .full = channel.trySend(0) else { return #expect(Bool(false), "a receiver was left") }
        guard case .empty = channel.tryReceive() else { return #expect(Bool(false), "a sender was left") }
      }
    }
  }

  @Test func defaultIsTakenWhenNothingIsReady() async throws {
    let channel = Channel<Int>()
    let picked = try await select {
      Receive(channel) { _ in "received" }
      Send(1, to: channel) { "sent" }
      Default { "none" }
    }
    #expect(picked == "none")
    guard case .full = channel.trySend(0) else { return #expect(Bool(false), "a receiver was left") }
  }

  @Test func afterWinsWhenItsTimeHasCome() async throws {
    try await simulated {
      let channel = Channel<Int>()
      let picked = try await select {
        Receive(channel) { _ in "received" }
        After(.seconds(5)) { "later" }
        After(.seconds(3)) { "late" }
      }
      #expect(picked == "late")
      #expect(Simulation.elapsed >= .seconds(3) && Simulation.elapsed < .seconds(3.001))
    }
  }

  @Test func biasedTakesTheFirstListed() async throws {
    let (a, b) = (Channel<Int>(capacity: 100), Channel<Int>(capacity: 100))
    for number in 0..<100 { try await a.send(number); try await b.send(number) }
    for _ in 0..<100 {
      let picked = try await select(.biased) {
        Receive(a) { _ in "a" }
        Receive(b) { _ in "b" }
      }
      #expect(picked == "a")
    }
  }

  @Test func aSendToAClosedChannelThrowsWithItsElement() async throws {
    try await simulated {
      let channel = Channel<Int>()
      let waiting = spawn { try await select { Send(3, to: channel) { 0 } } }
      try await settle()
      channel.close()
      await #expect(throws: ChannelClosed<Int>.self) { try await waiting.value }
      let error = await #expect(throws: ChannelClosed<Int>.self) {
        try await select { Send(4, to: channel) { 0 } }
      }
      #expect(error?.element == 4)
    }
  }

  @Test func aReceiveFromAClosedChannelGivesNil() async throws {
    try await simulated {
      let channel = Channel<Int>()
      let waiting = spawn { try await select { Receive(channel) { $0 == nil } } }
      try await settle()
      channel.close()
      #expect(try await waiting.value)
    }
  }

  @Test func casesMayBeChosenByControlFlow() async throws {
    let channels = (0..<5).map { _ in Channel<Int>(capacity: 1) }
    try await channels[3].send(9)
    for wantsDefault in [true, false] {
      let picked = try await select {
        for channel in channels { Receive(channel) { $0 ?? 0 } }
        if wantsDefault { Default { -1 } } else { After(.zero) { -2 } }
      }
      #expect(wantsDefault ? picked == 9 : picked == -2)
    }
  }

  @Test func twoSelectsMeet() async throws {
    try await simulated {
      let (a, b) = (Channel<Int>(), Channel<Int>())
      let one = spawn {
        try await select {
          Send(1, to: a) { "sent a" }
          Send(2, to: b) { "sent b" }
        }
      }
      let other = try await select {
        Receive(a) { _ in "sent a" }
        Receive(b) { _ in "sent b" }
      }
      #expect(try await one.value == other)
    }
  }
}
