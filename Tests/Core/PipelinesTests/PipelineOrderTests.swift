import CoreTestSupport
import Revoada
import Testing

@testable import RevoadaPipelines

@Suite(.timeLimit(.minutes(10)))
struct PipelineOrderTests {
  @Test(arguments: [0, 1, 16]) func orderIsKeptOnRequest(buffer: Int) async throws {
    try await simulated(seeds: 0..<40) {
      let pipeline = Pipeline(from: 1...50)
        .stage("jitter", workers: 4, ordered: true, buffer: buffer) { number in
          try await sleep(for: .milliseconds(number * 37 % 11))
          if number % 9 == 0 { throw Broken(number) }
          return number
        }
      let value1 = try await pipeline.results.collected()
      #expect(value1 == (1...50).filter { $0 % 9 != 0 })
      #expect(pipeline.metrics.ledger.failed == 5)
    }
  }

  @Test func aSlowElementHoldsUpThoseBehindIt() async throws {
    try await simulated {
      let started = AtomicInteger()
      let pipeline = Pipeline(from: 1...)
        .stage("head", workers: 3, ordered: true, buffer: 4) { number in
          started.add(1)
          if number == 1 { try await sleep(for: .seconds(10)) }
          return number
        }
      pipeline.start()
      try await sleep(for: .seconds(1))
      #expect(started.load() == 7, "workers + buffer, and no more")
      #expect(pipeline.metrics.stages[0].ledger.inside == 7)
      #expect(pipeline.metrics.bottleneck == "head")
      let value2 = try await pipeline.results.receive()
      #expect(value2 == 1)
      let value3 = try await pipeline.results.receive()
      #expect(value3 == 2)
    }
  }

  @Test func manyOutputsOfOneElementStayTogether() async throws {
    try await simulated(seeds: 0..<20) {
      let read = try await Pipeline(from: 1...9)
        .flatMap("twice", StageOptions(workers: 3, ordered: true, buffer: 1)) { number in
          try await sleep(for: .milliseconds(9 - number))
          return [number, -number]
        }
        .results.collected()
      #expect(read == (1...9).flatMap { [$0, -$0] })
    }
  }

  @Test(arguments: [2, 8]) func orderIsKeptOnRealWorkers(workers: Int) async throws {
    try await onWorkers(workers) {
      let read = try await Pipeline(from: 0..<5_000)
        .stage("a", workers: 4, ordered: true) { $0 }
        .stage("b", workers: 4, ordered: true, buffer: 2) {
          if $0 % 7 == 0 { await Task.yield() }; return $0
        }
        .results.collected()
      #expect(read == Array(0..<5_000))
    }
  }

  @Test(arguments: [0, 1, 16]) func quickStagesKeepTheOrderToo(buffer: Int) async throws {
    try await simulated(seeds: 0..<40) {
      let pipeline = Pipeline(from: feed(1...200))
        .stage("a", workers: 3, ordered: true, buffer: buffer) { try failing($0, if: $0 % 9 == 0) }
        .flatMap("b", StageOptions(workers: 3, ordered: true, buffer: buffer)) { [$0, -$0] }
      let read = try await pipeline.results.collected()
      #expect(read == (1...200).filter { $0 % 9 != 0 }.flatMap { [$0, -$0] })
      let ledger = pipeline.metrics.ledger
      #expect(ledger.failed == 22 && ledger.created == 178 && ledger.inside == 0)
    }
  }

  @Test func theBufferPassesOnWhatIsReadyInOrder() {
    var buffer = ReorderBuffer<String>(window: 3)
    let tickets = (0..<3).map { _ in buffer.issue() }
    #expect(buffer.count == 3)
    let (third, second) = (buffer.complete(tickets[2], "c"), buffer.complete(tickets[1], "b"))
    #expect(!third && !second)
    let first = buffer.complete(tickets[0], "a")
    #expect(first && buffer.isEmitting, "the head makes an emitter")
    let a = buffer.next()
    #expect(a == "a")
    let fourth = buffer.issue()
    let isSecondEmitter = buffer.complete(fourth, "d")
    #expect(!isSecondEmitter)
    let rest = (0..<4).map { _ in buffer.next() }
    #expect(rest == ["b", "c", "d", nil] && !buffer.isEmitting && buffer.count == 0)
    let last = buffer.issue()
    let isEmitterAgain = buffer.complete(last, "e")
    #expect(isEmitterAgain)
  }
}
