import CoreTestSupport
import Revoada
import Testing

/// What came out, and when, in milliseconds.
private func timeline(_ channel: Channel<Int>) async throws -> [String] {
  var seen: [String] = []
  for try await number in channel {
    // Virtual time moves in ticks of the timer wheel.
    seen.append("\(number)@\(Int((Simulation.elapsed / .milliseconds(1)).rounded()))")
  }
  return seen
}

/// Sends each number at its time, in milliseconds.
private func feed(_ channel: Channel<Int>, _ times: [(Int, Int)], closingAt end: Int) {
  spawn {
    for (number, time) in times {
      try await sleep(for: .milliseconds(time) - Simulation.elapsed)
      try await channel.send(number)
    }
    try await sleep(for: .milliseconds(end) - Simulation.elapsed)
    channel.close()
  }
}

@Suite(.timeLimit(.minutes(10)))
struct TimingTests {
  private struct Broken: Error, Equatable {}

  @Test func debouncingKeepsTheLastOfABurstAndFlushesAtClose() async throws {
    try await simulated {
      let input = Channel<Int>(capacity: 10)
      let superseded = Recorder<Int>()
      let output = input.debounced(for: .milliseconds(50)) { element, reason in
        #expect(reason == .superseded)
        superseded.add(element)
      }
      feed(input, [(1, 0), (2, 10), (3, 50), (4, 200), (5, 300), (6, 310)], closingAt: 320)
      let seen = try await timeline(output)
      #expect(seen == ["3@100", "4@250", "6@320"])
      #expect(superseded.values == [1, 2, 5])
      #expect(output.ledger == ChannelLedger(sent: 6, received: 3, superseded: 3))
    }
  }

  @Test func throttlingPassesTheFirstAndThenTheLatestOfEachInterval() async throws {
    try await simulated {
      let input = Channel<Int>(capacity: 10)
      let output = input.throttled(every: .milliseconds(100))
      feed(input, [(1, 0), (2, 30), (3, 60), (4, 150), (5, 500), (6, 510), (7, 520)], closingAt: 530)
      let seen = try await timeline(output)
      #expect(seen == ["1@0", "3@100", "4@200", "5@500", "7@530"])
      #expect(output.ledger == ChannelLedger(sent: 7, received: 5, superseded: 2))
    }
  }

  @Test func throttlingMayKeepTheFirst() async throws {
    try await simulated {
      let input = Channel<Int>(capacity: 10)
      let output = input.throttled(every: .milliseconds(100), keeping: .first)
      feed(input, [(1, 0), (2, 30), (3, 60), (4, 150), (5, 160), (6, 400)], closingAt: 430)
      let seen = try await timeline(output)
      #expect(seen == ["1@0", "4@150", "6@400"])
      #expect(output.ledger == ChannelLedger(sent: 6, received: 3, superseded: 3))
    }
  }

  @Test func withoutATimeEverythingPasses() async throws {
    try await simulated {
      for span in [Duration.zero, .seconds(-1)] {
        let (left, right) = (Channel<Int>(capacity: 5), Channel<Int>(capacity: 5))
        for number in 1...5 {
          try await left.send(number)
          try await right.send(number)
        }
        left.close()
        right.close()
        let (debounced, throttled) = (left.debounced(for: span), right.throttled(every: span))
        #expect(try await collect(debounced) == [1, 2, 3, 4, 5])
        #expect(try await collect(throttled) == [1, 2, 3, 4, 5])
      }
    }
  }

  @Test func endlessTimesAreAllowed() async throws {
    try await simulated {
      let forever = Duration.seconds(Int64.max)
      let (left, right) = (Channel<Int>(capacity: 5), Channel<Int>(capacity: 5))
      let (debounced, throttled) = (left.debounced(for: forever), right.throttled(every: forever))
      feed(left, [(1, 0), (2, 5)], closingAt: 10)
      feed(right, [(1, 10), (2, 15)], closingAt: 20)
      let last = try await collect(debounced)
      #expect(last == [2])
      let both = try await collect(throttled)
      #expect(both == [1, 2])
    }
  }

  @Test func nothingIsLostWhenNobodyReceivesInTime() async throws {
    try await simulated {
      let input = Channel<Int>(capacity: 10)
      let output = input.debounced(for: .milliseconds(10), buffer: 1)
      feed(input, [(1, 0), (2, 100), (3, 200)], closingAt: 300)
      try await sleep(for: .seconds(1))
      #expect(try await collect(output) == [1, 2, 3])
    }
  }

  @Test func theGoroutineEndsWhenTheOutputIsReleased() async throws {
    try await simulated {
      let input = Channel<Int>(capacity: 10)
      do {
        let outputs = [input.debounced(for: .seconds(1)), input.throttled(every: .seconds(1))]
        try await settle()
        #expect(outputs.count == 2 && input.snapshot.blockedReceivers == 2)
      }
      try await settle()
      #expect(input.snapshot.blockedReceivers == 0)
      try await input.send(1)
      #expect(try await input.receive() == 1)  // left alone
    }
  }

  @Test func closingTheOutputReportsWhatWasHeld() async throws {
    try await simulated {
      let reported = Recorder<String>()
      let input = Channel<Int>(capacity: 10)
      let output = input.debounced(for: .seconds(10)) { reported.add("\($0) \($1)") }
      try await input.send(1)
      try await sleep(for: .seconds(1))
      output.close()
      try await settle()
      #expect(reported.values == ["1 closed"])
      #expect(output.ledger == ChannelLedger(sent: 1, undelivered: 1))
      #expect(try await output.receive() == nil)
    }
  }

  @Test func anErrorComesAfterTheElementThatWasHeld() async throws {
    try await simulated {
      for throttles in [false, true] {
        let input = Channel<Int>(capacity: 10)
        let output =
          throttles ? input.throttled(every: .seconds(1)) : input.debounced(for: .seconds(1))
        try await input.send(1)
        try await input.send(2)
        input.close(throwing: Broken())
        if throttles { #expect(try await output.receive() == 1) }
        #expect(try await output.receive() == 2)
        await #expect(throws: Broken.self) { try await output.receive() }
      }
    }
  }

  @Test func sequencesAreTimedToo() async throws {
    try await simulated {
      let numbers = AsyncStream<Int> { continuation in
        for number in 1...3 { continuation.yield(number) }
        continuation.finish()
      }
      let seen = try await collect(numbers.debounced(for: .seconds(1)))
      #expect(seen == [3])
    }
  }
}

/// All that a channel still gives.
func collect<T>(_ channel: Channel<T>) async throws -> [T] {
  var rest: [T] = []
  for try await element in channel { rest.append(element) }
  return rest
}
