import CoreTestSupport
import Revoada
import Testing

@testable import RevoadaChannels

@Suite(.timeLimit(.minutes(10)))
struct PriorityChannelTests {
  private func drain<T>(_ channel: PriorityChannel<T>) async throws -> [T] {
    channel.close()
    var rest: [T] = []
    for try await element in channel { rest.append(element) }
    return rest
  }

  @Test func theHighestComesFirstAndEqualOnesInOrder() async throws {
    let urgent = PriorityChannel<String>()
    for (text, priority) in [("low", 1), ("high", 10), ("mid", 5), ("high2", 10), ("below", -3)] {
      try await urgent.send(text, priority: priority)
    }
    #expect(urgent.count == 5 && urgent.capacity == nil)
    #expect(try await drain(urgent) == ["high", "high2", "mid", "low", "below"])
  }

  @Test func extremePrioritiesAreTakenAsTheyAre() async throws {
    let channel = PriorityChannel<Int>(ageing: .seconds(1))
    for priority in [0, Int.min, Int.max, -1] { try await channel.send(priority, priority: priority) }
    #expect(try await drain(channel) == [Int.max, 0, -1, Int.min])
  }

  @Test func manyElementsComeOutSorted() async throws {
    var random = SeededGenerator(seed: 3)
    let channel = PriorityChannel<(priority: Int, number: Int)>()
    let sent = (0..<3_000).map { (priority: Int.random(in: 0..<20, using: &random), number: $0) }
    for element in sent { _ = channel.trySend(element, priority: element.priority) }
    let received = try await drain(channel)
    let expected = sent.sorted { ($0.priority, $1.number) > ($1.priority, $0.number) }
    #expect(received.map(\.number) == expected.map(\.number))
  }

  @Test func nonsensicalSizesAreTakenForTheNearestSensibleOnes() {
    let channel = PriorityChannel<Int>(capacity: -5, ageing: .seconds(-1))
    #expect(channel.capacity == 0 && !channel.isAgeing)
    guard case .full(7) = channel.trySend(7, priority: 1) else { return #expect(Bool(false), "a rendezvous") }
  }

  @Test func aFullChannelHandsItsElementBack() async throws {
    let channel = PriorityChannel<Int>(capacity: 1)
    try await channel.send(1, priority: 1)
    guard case .full(2) = channel.trySend(2, priority: 9) else { return #expect(Bool(false), "full") }
    channel.close()
    let error = await #expect(throws: ChannelClosed<Int>.self) { try await channel.send(3, priority: 1) }
    #expect(error?.element == 3)
    guard case .closed(4) = channel.trySend(4, priority: 9) else { return #expect(Bool(false), "closed") }
    #expect(try await channel.receive() == 1)
    #expect(try await channel.receive() == nil)
    guard case .closed = channel.tryReceive() else { return #expect(Bool(false), "closed") }
  }

  @Test(arguments: [0, 1, 2]) func waitingSendersAreServedByPriority(capacity: Int) async throws {
    try await simulated {
      let channel = PriorityChannel<Int>(capacity: capacity)
      for _ in 0..<capacity { try await channel.send(0, priority: 0) }
      for priority in [3, 8, 5, 8] {
        spawn { try await channel.send(priority, priority: priority) }
        try await settle()
      }
      #expect(channel.snapshot.blockedSenders == 4)
      var received: [Int?] = []
      for _ in 0..<4 + capacity { received.append(try await channel.receive()) }
      #expect(received == [8, 8, 5, 3] + Array(repeating: 0, count: capacity))
      #expect(channel.snapshot.blockedSenders == 0)
      #expect(channel.ledger.isBalanced && channel.ledger.sent == 4 + capacity)
    }
  }

  @Test func ageingLiftsAnElementALevelForEachInterval() async throws {
    try await simulated {
      let channel = PriorityChannel<String>(ageing: .seconds(1))
      try await channel.send("old", priority: 1)
      try await sleep(for: .seconds(3.5))
      try await channel.send("level", priority: 4)  // three levels more, but half an interval behind
      try await channel.send("above", priority: 5)
      #expect(try await drain(channel) == ["above", "old", "level"])
    }
  }

  @Test func ageingDoesNotReorderWhatIsSentWithinAnInterval() async throws {
    try await simulated {
      let channel = PriorityChannel<Int>(ageing: .seconds(1))
      for number in 0..<10 {
        try await channel.send(number, priority: number)
        try await sleep(for: .milliseconds(99))
      }
      #expect(try await drain(channel) == Array((0..<10).reversed()))
    }
  }

  @Test func ageingKeepsALowOneFromStarving() async throws {
    try await simulated(seeds: 0..<2) {
      let channel = PriorityChannel<Int>(ageing: .milliseconds(100))
      try await channel.send(-1, priority: 0)
      var received = 0
      while true {
        try await channel.send(1, priority: 10)
        try await channel.send(1, priority: 10)
        if try await channel.receive() == -1 { break }
        received += 1
        try await sleep(for: .milliseconds(10))
      }
      // Those of its first second precede it, two every ten milliseconds, and none sent later.
      #expect(received >= 195 && received <= 205)
    }
  }

  @Test(arguments: Home.allCases) func cancelledWaitsLeaveNothingBehind(home: Home) async throws {
    try await simulated {
      let undelivered = Recorder<Int>()
      let channel = PriorityChannel<Int>(capacity: 0) { element, reason in
        if reason == .cancelled { undelivered.add(element) }
      }
      let first = try await home.cancelling { try await channel.send(5, priority: 2) }
      #expect(first.isCancellation)
      #expect(undelivered.values == [5])
      let second = try await home.cancelling { try await channel.receive() }
      #expect(second.isCancellation)
      let snapshot = channel.snapshot
      #expect(snapshot.blockedSenders == 0 && snapshot.blockedReceivers == 0 && snapshot.ledger.sent == 0)
    }
  }

  @Test(arguments: Home.allCases) func servedThenCancelledSucceeds(home: Home) async throws {
    try await simulated {
      let channel = PriorityChannel<Int>(capacity: 1)
      let received = try await home.cancelling(after: { _ = channel.trySend(4, priority: 1) }) {
        try await channel.receive()
      }
      #expect(try received.get() == 4)
      try await channel.send(1, priority: 1)
      let sent = try await home.cancelling(after: { _ = channel.tryReceive() }) {
        try await channel.send(2, priority: 1)
      }
      #expect(!sent.isCancellation)
      #expect(try await channel.receive() == 2)
      #expect(channel.ledger == ChannelLedger(sent: 3, received: 3))
    }
  }

  @Test func waitsCanBeLimited() async throws {
    try await simulated {
      let channel = PriorityChannel<Int>(capacity: 1)
      await #expect(throws: TimedOut.self) { try await channel.receive(timeout: .seconds(1)) }
      try await channel.send(1, priority: 1, timeout: .seconds(1))
      let error = await #expect(throws: SendTimedOut<Int>.self) {
        try await channel.send(2, priority: 1, timeout: .seconds(1))
      }
      #expect(error?.element == 2)
      #expect(try await channel.receive(timeout: .seconds(1)) == 1)
      let receiver = spawn { try await channel.receive(timeout: .seconds(5)) }
      try await sleep(for: .seconds(1))
      try await channel.send(3, priority: 1, timeout: .seconds(1))
      #expect(try await receiver.value == 3)
      channel.close()
      await #expect(throws: ChannelClosed<Int>.self) {
        try await channel.send(4, priority: 1, timeout: .seconds(1))
      }
    }
  }

  @Test func whatRemainsIsReported() async throws {
    let undelivered = Recorder<Int>()
    do {
      let channel = PriorityChannel<Int>(onUndelivered: { element, _ in undelivered.add(element) })
      for number in 1...40 { try await channel.send(number, priority: number) }
      #expect(try await channel.receive() == 40)
    }
    #expect(undelivered.values == Array((1...39).reversed()))
  }

  @Test func closingWakesEverybody() async throws {
    try await simulated {
      let channel = PriorityChannel<Int>(capacity: 0)
      let receiver = spawn { try await channel.receive() }
      try await settle()
      channel.close()
      channel.close()
      #expect(try await receiver.value == nil)
      let full = PriorityChannel<Int>(capacity: 0)
      let sender = spawn { await full.offer(9, priority: 3) }
      try await settle()
      full.close()
      guard case .closed(9) = try await sender.value else { return #expect(Bool(false), "closed") }
    }
  }

  @Test func aSelectReceives() async throws {
    try await simulated {
      let urgent = PriorityChannel<Int>(capacity: 0)
      let other = Channel<Int>()
      let selecting = spawn {
        try await select {
          Receive(urgent) { $0 ?? -1 }
          Receive(other) { _ in -2 }
        }
      }
      try await settle()
      try await urgent.send(7, priority: 1)
      #expect(try await selecting.value == 7)
      let sender = spawn { try await urgent.send(8, priority: 1) }
      try await settle()
      #expect(try await select { Receive(urgent) { $0 } } == 8)
      try await sender.value
      let late = try await select {
        Receive(urgent) { _ in false }
        After(.seconds(1)) { true }
      }
      #expect(late)
      #expect(urgent.snapshot.blockedReceivers == 0)
      urgent.close()
      #expect(try await select { Receive(urgent) { $0 } } == nil)
      #expect(urgent.ledger == ChannelLedger(sent: 2, received: 2))
    }
  }

  @Test(arguments: [2, 8], [0, 3, nil]) func nothingIsLostUnderLoad(workers: Int, capacity: Int?) async throws
  {
    let channel = PriorityChannel<Int>(capacity: capacity)
    let sum = AtomicInteger()
    try await onWorkers(workers) {
      try await withScope { scope in
        for receiver in 0..<4 {
          scope.spawn {
            while let number = try await channel.receive() { sum.add(number) }
            _ = receiver
          }
        }
        try await withScope { senders in
          for sender in 0..<4 {
            senders.spawn {
              for number in 0..<500 { try await channel.send(number, priority: (number &* 7 + sender) % 5) }
            }
          }
        }
        channel.close()
      }
    }
    #expect(sum.load() == 4 * 499 * 500 / 2)
    #expect(channel.ledger == ChannelLedger(sent: 2000, received: 2000))
  }

  // MARK: Sending as a case of a select

  @Test(arguments: [0, 1]) func sendingCanBeACase(capacity: Int) async throws {
    try await simulated {
      let (urgent, other) = (PriorityChannel<String>(capacity: capacity), Channel<Int>())
      for filling in 0..<capacity { try await urgent.send("filling \(filling)", priority: 0) }
      let selecting = spawn {
        try await select {
          urgent.whenSendable("sent", priority: 5) { "sent" }
          Receive(other) { _ in "received" }
        }
      }
      try await settle()
      let low = spawn { try await urgent.send("low", priority: 1) }
      try await settle()
      #expect(urgent.snapshot.blockedSenders == 2)
      // By its priority, ahead of those who wait and of what is buffered.
      #expect(try await urgent.receive() == "sent")
      #expect(try await selecting.value == "sent")
      for _ in 0...capacity { _ = try await urgent.receive() }
      try await low.value
      #expect(urgent.snapshot.ledger.sent == urgent.snapshot.ledger.received)
    }
  }

  @Test func aSendThatIsNotChosenLeavesNothingBehind() async throws {
    try await simulated {
      let (urgent, other) = (PriorityChannel<String>(capacity: 0), Channel<Int>())
      let selecting = spawn {
        try await select {
          urgent.whenSendable("never", priority: 9) { "sent" }
          Receive(other) { _ in "received" }
        }
      }
      try await settle()
      try await other.send(1)
      #expect(try await selecting.value == "received")
      let cancelled = spawn { try await select { urgent.whenSendable("never", priority: 9) { "sent" } } }
      try await settle()
      cancelled.cancel()
      await #expect(throws: CancellationError.self) { try await cancelled.value }
      #expect(urgent.snapshot.blockedSenders == 0)
      guard case .empty = urgent.tryReceive() else { return #expect(Bool(false), "something was sent") }
    }
  }

  @Test func aClosedChannelHandsTheElementBackToTheSelect() async throws {
    try await simulated {
      let urgent = PriorityChannel<Int>(capacity: 0)
      let waiting = spawn { try await select { urgent.whenSendable(1, priority: 1) {} } }
      try await settle()
      urgent.close()
      let early = await #expect(throws: ChannelClosed<Int>.self) { try await waiting.value }
      #expect(early?.element == 1)
      let late = await #expect(throws: ChannelClosed<Int>.self) {
        try await select { urgent.whenSendable(2, priority: 1) {} }
      }
      #expect(late?.element == 2)
    }
  }

  @Test func aSelectThatSendsAndReceivesNeverMeetsItself() async throws {
    try await simulated {
      let urgent = PriorityChannel<Int>(capacity: 0)
      let chosen = try await select {
        urgent.whenSendable(1, priority: 1) { "sent" }
        Receive(urgent) { _ in "received" }
        After(.seconds(1)) { "neither" }
      }
      #expect(chosen == "neither")
      let pair = (0..<2).map { number in
        spawn {
          try await select {
            urgent.whenSendable(number, priority: 1) { "sent" }
            Receive(urgent) { _ in "received" }
          }
        }
      }
      var ends: Set<String> = []
      for goroutine in pair { ends.insert(try await goroutine.value) }
      #expect(ends == ["sent", "received"])
    }
  }

  /// Every element that was sent is received, once, whatever else the selects are offered and whoever is cancelled.
  @Test(arguments: [2, 8]) func selectsThatSendLoseNothing(workers: Int) async throws {
    try await onWorkers(workers) {
      let (urgent, other) = (PriorityChannel<Int>(capacity: 1), Channel<Int>())
      let (sent, received) = (AtomicInteger(), AtomicInteger())
      let reader = spawn { for try await _ in urgent { received.add(1) } }
      let noise = spawn { for number in 0... { try await other.send(number) } }
      try await withScope { scope in
        for part in 0..<6 {
          scope.spawn {
            for number in 0..<300 {
              let sending = spawn {
                try await select {
                  urgent.whenSendable(number, priority: number % 4) { sent.add(1) }
                  Receive(other) { _ in 0 }
                }
              }
              if number % 7 == part { sending.cancel() }
              _ = await sending.result
            }
          }
        }
      }
      noise.cancel()
      urgent.close()
      try await reader.value
      #expect(sent.load() == received.load() && sent.load() > 0)
      #expect(urgent.snapshot.ledger.sent == sent.load())
    }
  }
}
