import CoreTestSupport
import Revoada
import Testing

@Suite(.timeLimit(.minutes(10)))
struct LifetimeTests {
  private final class Tracked: Sendable {
    let alive: AtomicInteger
    init(_ alive: AtomicInteger) {
      self.alive = alive
      alive.add(1)
    }
    deinit { alive.add(-1) }
  }

  @Test func bufferedElementsGoWithTheChannel() async throws {
    let alive = AtomicInteger()
    do {
      let channel = Channel<Tracked>(capacity: 5)
      for _ in 0..<5 { try await channel.send(Tracked(alive)) }
      _ = try await channel.receive()
      try await channel.send(Tracked(alive))  // wraps around
      #expect(alive.load() == 5)
    }
    #expect(alive.load() == 0)
  }

  @Test(arguments: Home.allCases) func noElementIsKeptByACancelledSend(home: Home) async throws {
    try await simulated {
      let alive = AtomicInteger()
      let channel = Channel<Tracked>()
      let ended = try await home.cancelling { try await channel.send(Tracked(alive)) }
      #expect(ended.isCancellation)
      #expect(alive.load() == 0)
    }
  }

  @Test func noElementIsKeptByALosingSelect() async throws {
    try await simulated {
      let alive = AtomicInteger()
      let (full, ready) = (Channel<Tracked>(), Channel<Int>())
      let selecting = spawn {
        try await select {
          Send(Tracked(alive), to: full) { 0 }
          Receive(ready) { $0 ?? -1 }
        }
      }
      try await settle()
      #expect(alive.load() == 1)
      try await ready.send(4)
      #expect(try await selecting.value == 4)
      try await settle()
      #expect(alive.load() == 0)
    }
  }

  @Test func aReleasedChannelIsFreed() async throws {
    weak var freed: Channel<Int>?
    do {
      let channel = Channel<Int>(capacity: 1)
      freed = channel
      try await channel.send(1)
      _ = try await select { Receive(channel) { $0 } }
    }
    #expect(freed == nil)
  }
}
