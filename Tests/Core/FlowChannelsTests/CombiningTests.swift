import CoreTestSupport
import Revoada
import Testing

@Suite(.timeLimit(.minutes(10)))
struct CombiningTests {
  private struct Broken: Error, Equatable {}

  private func filled(_ numbers: Range<Int>) async throws -> Channel<Int> {
    let channel = Channel<Int>(capacity: max(1, numbers.count))
    for number in numbers { try await channel.send(number) }
    channel.close()
    return channel
  }

  @Test func mergingEndsAfterAllInputsAndKeepsTheOrderOfEach() async throws {
    try await simulated {
      let inputs = [try await filled(0..<20), try await filled(100..<120), try await filled(0..<0)]
      let merged = try await collect(merge(inputs))
      #expect(merged.filter { $0 < 100 } == Array(0..<20))
      #expect(merged.filter { $0 >= 100 } == Array(100..<120))
      let one = try await filled(0..<5)
      #expect(try await collect(merge(one, one)).sorted() == Array(0..<5))
      #expect(try await collect(fanIn([one])) == [])
      #expect(merge([Channel<Int>]()).isClosed)
    }
  }

  @Test func closingAMergeLeavesTheRestInItsInputs() async throws {
    try await simulated {
      let reported = Recorder<String>()
      let inputs = [try await filled(0..<5), try await filled(10..<15)]
      let merged = merge(inputs) { reported.add("\($0) \($1)") }
      _ = try await merged.receive()
      merged.close()
      try await settle()
      let left = inputs.reduce(0) { $0 + $1.count }
      #expect(left + reported.values.count == 9)
      #expect(reported.values.allSatisfy { $0.hasSuffix("closed") })
      #expect(merged.ledger.isBalanced && merged.ledger.undelivered == reported.values.count)
      #expect(inputs.allSatisfy { $0.snapshot.blockedReceivers == 0 })
    }
  }

  @Test func releasingAMergeEndsItsGoroutines() async throws {
    try await simulated {
      let inputs = [Channel<Int>(), Channel<Int>()]
      do {
        let merged = merge(inputs)
        try await settle()
        #expect(inputs.allSatisfy { $0.snapshot.blockedReceivers == 1 } && !merged.isClosed)
      }
      try await settle()
      #expect(inputs.allSatisfy { $0.snapshot.blockedReceivers == 0 })
    }
  }

  @Test func releasingAMergeThatWaitsForAReceiverEndsIt() async throws {
    try await simulated {
      let reported = Recorder<Int>()
      let input = Channel<Int>(capacity: 5)
      for number in 1...3 { try await input.send(number) }
      do {
        let merged = merge([input]) { element, _ in reported.add(element) }
        try await settle()
        #expect(merged.snapshot.blockedSenders == 1)
      }
      try await settle()
      #expect(reported.values == [1])
      #expect(input.count == 2)
    }
  }

  @Test func anErrorOfAnInputIsThatOfTheMerge() async throws {
    try await simulated {
      let (good, bad) = (Channel<Int>(), Channel<Int>())
      let merged = merge([good, bad])
      bad.close(throwing: Broken())
      await #expect(throws: Broken.self) { try await merged.receive() }
      try await settle()
      #expect(good.snapshot.blockedReceivers == 0)
    }
  }

  @Test func workersShareTheElements() async throws {
    try await simulated {
      let input = try await filled(0..<100)
      let outputs = input.fanOut(workers: 4) { $0 * 2 }
      #expect(outputs.count == 4)
      #expect(try await collect(fanIn(outputs)).sorted() == (0..<100).map { $0 * 2 })
      let more = try await filled(0..<10)
      #expect(try await collect(fanIn(more.fanOut(workers: -1))) == Array(0..<10))
    }
  }

  @Test func aWorkerThatFailsClosesItsOutputOnly() async throws {
    try await simulated {
      let input = try await filled(0..<10)
      let outputs = input.fanOut(workers: 2, capacity: 10) { number in
        if number == 3 { throw Broken() }
        return number
      }
      var (received, failures) = ([Int](), 0)
      for output in outputs {
        do { for try await number in output { received.append(number) } } catch is Broken { failures += 1 }
      }
      #expect(failures == 1)
      #expect(received.sorted() == [0, 1, 2, 4, 5, 6, 7, 8, 9])
    }
  }

  @Test func aClosedOutputLeavesItsShareToTheOthers() async throws {
    try await simulated {
      let reported = Recorder<Int>()
      let input = try await filled(0..<10)
      let outputs = input.fanOut(workers: 2, onUndelivered: { element, _ in reported.add(element) }) { $0 }
      outputs[0].close()
      let received = try await collect(outputs[1])
      #expect((received + reported.values).sorted() == Array(0..<10))
      #expect(reported.values.count <= 1)
    }
  }

  @Test func aSequenceFeedsAChannel() async throws {
    try await simulated {
      let numbers = AsyncStream<Int> { continuation in
        for number in 1...5 { continuation.yield(number) }
        continuation.finish()
      }
      let first = try await collect(Channel(from: numbers, capacity: 2))
      #expect(first == [1, 2, 3, 4, 5])
      let failing = AsyncThrowingStream<Int, any Error> { continuation in
        continuation.yield(1)
        continuation.finish(throwing: Broken())
      }
      let channel = Channel(from: failing)
      let second = try await channel.receive()
      #expect(second == 1)
      for _ in 0..<2 { await #expect(throws: Broken.self) { try await channel.receive() } }
      await #expect(throws: Broken.self) {
        try await select { Receive(channel) { $0 } }
      }
      guard case .closed = channel.tryReceive() else { return #expect(Bool(false), "closed") }
    }
  }

  @Test func releasingAFedChannelCancelsItsSource() async throws {
    try await simulated {
      let cancelled = AtomicInteger()
      let endless = AsyncStream<Int> { continuation in
        continuation.onTermination = { _ in cancelled.add(1) }
      }
      do {
        let channel = Channel(from: endless)
        try await settle()
        #expect(!channel.isClosed)
      }
      try await settle()
      #expect(cancelled.load() == 1)
    }
  }

  @Test func aTwiceForwardedErrorArrives() async throws {
    try await simulated {
      let failing = AsyncThrowingStream<Int, any Error> { $0.finish(throwing: Broken()) }
      let output = merge([Channel(from: failing).throttled(every: .seconds(1))])
      await #expect(throws: Broken.self) { try await output.receive() }
    }
  }

  @Test(arguments: [2, 8]) func nothingIsLostOnTheWay(workers: Int) async throws {
    let sum = try await onWorkers(workers) {
      let input = Channel<Int>(capacity: 10)
      spawn {
        for number in 0..<5_000 { try await input.send(number) }
        input.close()
      }
      var sum = 0
      for try await number in fanIn(input.fanOut(workers: 8) { $0 }) { sum += number }
      return sum
    }
    #expect(sum == 4_999 * 5_000 / 2)
  }
}
