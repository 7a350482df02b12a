import CoreTestSupport
import Revoada
import Testing

/// What is taken is emitted, failed, filtered, dropped, undelivered or inside, whatever happens and whenever one looks.
@Suite(.timeLimit(.minutes(10)))  // hundreds of schedules, also under the thread sanitizer
struct PipelineLedgerTests {
  /// How a run ends, at a moment drawn from the seed.
  enum End: CaseIterable { case naturally, cancelled, stopped, abandoned, readerCancelled }

  @Test(arguments: End.allCases) func holdsUnderEverySchedule(end: End) async throws {
    for seed in UInt64(0)..<80 {
      try await Simulation(seed: seed).run { try await Self.scenario(end, seed) }
    }
  }

  private static func scenario(_ end: End, _ seed: UInt64) async throws {
    var generator = SeededGenerator(seed: seed)
    let moment = Int.random(in: 0..<40, using: &generator)
    let (undelivered, emitted) = (Undelivered(), Recorder<Int>())
    let source = filled(1...60)
    if Bool.random(using: &generator) { source.close() }
    let workers = Int.random(in: 1...3, using: &generator)
    let buffer = Int.random(in: 0...3, using: &generator)
    var pipeline: Pipeline<Int>? = Pipeline(from: source, errorBuffer: 2, onUndelivered: undelivered.callback)
      .stage("wait", workers: workers, buffer: buffer) { number in
        try await sleep(for: .microseconds(number * 7 % 5))
        return number
      }
      .stage(
        "fail", workers: workers, ordered: true, buffer: buffer, onError: end == .stopped ? .stop : .emit
      ) { number in
        if number == moment + 3 { throw Broken(number) }
        return number
      }
      .stage("drop", workers: workers, buffer: buffer, onError: .drop) { number in
        if number % 10 == 0 { throw Broken(number) }
        return number
      }
      .filter("not 7", StageOptions(workers: workers, buffer: buffer)) { $0 % 7 != 0 }
    let watcher = spawn { [weak pipeline] in
      while let ledgers = pipeline.map({ [$0.metrics.ledger] + $0.metrics.stages.map(\.ledger) }) {
        #expect(ledgers.allSatisfy { $0.isBalanced })
        try await sleep(for: .microseconds(1))
      }
    }
    let reader = spawn { [results = pipeline!.results] in
      for try await number in results {
        emitted.add(number)
        if emitted.values.count % 4 == 0 { try await sleep(for: .microseconds(2)) }
      }
    }
    try await sleep(for: .microseconds(moment))
    switch end {
    case .naturally: source.close()
    case .cancelled: pipeline?.cancel()
    case .stopped: break
    case .abandoned, .readerCancelled: reader.cancel()
    }
    let ended = await reader.result
    if end == .naturally { #expect(throws: Never.self) { try ended.get() } }
    if end == .abandoned {
      pipeline = nil
      _ = await watcher.result
      try await settle()
      let taken = 60 - source.count
      let seen = (emitted.values + undelivered.elements()).sorted()
      // An error that failed may still wait to be read, and the filtered are gone.
      #expect(Set(seen).count == seen.count && seen.allSatisfy { $0 <= taken })
      #expect(Set((1...60).prefix(taken)).subtracting(seen).allSatisfy { $0 % 7 == 0 || $0 == moment + 3 })
      return
    }
    source.close()
    pipeline?.cancel()
    try await pipeline?.wait()
    let metrics = pipeline!.metrics
    let ledger = metrics.ledger
    watcher.cancel()
    #expect(ledger.isBalanced && ledger.inside == 0)
    #expect(ledger.taken == 60 - source.count)
    #expect(ledger.emitted == emitted.values.count)
    let dropped = undelivered.all.count { if case .dropped = $0.reason { true } else { false } }
    let unread = undelivered.all.count { if case .unreadError = $0.reason { true } else { false } }
    #expect(ledger.dropped == dropped && metrics.unreadErrors == unread)
    #expect(ledger.undelivered == undelivered.all.count - dropped - unread)
    #expect(metrics.stages.allSatisfy { $0.ledger.inside == 0 && $0.ledger.isBalanced })
  }

  @Test(arguments: [2, 8]) func holdsOnRealWorkers(workers: Int) async throws {
    try await onWorkers(workers) {
      for round in 0..<20 {
        let (undelivered, read) = (Undelivered(), AtomicInteger())
        let pipeline = Pipeline(from: 1..., onUndelivered: undelivered.callback)
          .stage("a", workers: 3) { $0 }
          .stage("b", workers: 3, ordered: round % 2 == 0) { try failing($0, if: $0 % 11 == 0) }
          .flatMap("c", StageOptions(workers: 2)) { number in [number, -number] }
        let reader = spawn { for try await _ in pipeline.results { read.add(1) } }
        while read.load() < 500 {
          #expect(pipeline.metrics.ledger.isBalanced)
          await Task.yield()
        }
        pipeline.cancel()
        _ = await reader.result
        try await pipeline.wait()
        let ledger = pipeline.metrics.ledger
        #expect(ledger.inside == 0 && ledger.emitted == read.load())
        #expect(ledger.undelivered == undelivered.all.count - pipeline.metrics.unreadErrors)
      }
    }
  }
}
