import CoreTestSupport
import Revoada
import Testing

@Suite(.timeLimit(.minutes(10)))  // hundreds of schedules, also under the thread sanitizer
struct DynamicPipelineTests {
  @Test func stagesComeInTheOrderOfTheirAdding() async throws {
    try await simulated {
      let pipeline = DynamicPipeline(feed(1...10))
      try pipeline.addStage("negate", workers: 2) { -$0 }
      try pipeline.addStage("shift", workers: 2) { $0 + 100 }
      #expect(pipeline.stageNames == ["negate", "shift"])
      let value13 = try await pipeline.output.collected().sorted()
      #expect(value13 == Array(90...99))
    }
  }

  @Test func withoutStagesElementsPass() async throws {
    try await simulated {
      let read = try await DynamicPipeline(feed(1...3)).output.collected()
      #expect(read == [1, 2, 3])
      let stream = AsyncStream(unfolding: { nil as Int? })
      let none = try await DynamicPipeline(stream).output.collected()
      #expect(none.isEmpty)
    }
  }

  @Test func elementsSentAfterARemovalSkipTheStage() async throws {
    try await simulated(seeds: 0..<100) {
      let input = Channel<Int>(capacity: 4)
      let pipeline = DynamicPipeline(input)
      try pipeline.addStage("stage1", workers: 2) { -$0 }
      try pipeline.addStage("stage2", workers: 2) { $0 + 10 }
      let output = pipeline.output
      let sender = spawn {
        for number in 1...100 { try await input.send(number) }
        try await pipeline.removeStage("stage1")
        for number in 1001...1100 { try await input.send(number) }
        input.close()
      }
      let read = try await output.collected()
      try await sender.value
      #expect(read.count == 200)
      #expect(Set(read.filter { $0 > 1000 }) == Set(1011...1110))
      for number in 1...100 { #expect(read.contains(10 - number) != read.contains(10 + number)) }
      #expect(pipeline.stageNames == ["stage2"])
      let ledger = pipeline.metrics.ledger
      #expect(ledger.taken == 200 && ledger.emitted == 200 && ledger.isBalanced)
    }
  }

  @Test func removalWaitsForWhoIsInside() async throws {
    try await simulated {
      let (input, gate) = (filled([1, 2]), Channel<Void>())
      let pipeline = DynamicPipeline(input)
      let inside = AtomicInteger()
      try pipeline.addStage("slow") { number in
        inside.add(1)
        _ = try await gate.receive()
        inside.add(-1)
        return number
      }
      pipeline.start()
      try await settle()
      let removal = spawn { try await pipeline.removeStage("slow") }
      try await settle()
      #expect(inside.load() == 1)
      // Elements that come now pass by.
      try await input.send(3)
      let value14 = try await pipeline.output.receive()
      #expect(value14 == 3)
      gate.close()
      try await removal.value
      #expect(inside.load() == 0)
      let value15 = try await pipeline.output.receive()
      #expect(value15 == 1)
      let value16 = try await pipeline.output.receive()
      #expect(value16 == 2)
    }
  }

  @Test(arguments: Home.allCases) func aCancelledRemovalGoesOn(home: Home) async throws {
    try await simulated {
      let (input, gate) = (filled([1]), Channel<Void>())
      let pipeline = DynamicPipeline(input)
      try pipeline.addStage("slow") { number in
        _ = try await gate.receive()
        return number
      }
      pipeline.start()
      try await settle()
      let cancelled = try await home.cancelling { try await pipeline.removeStage("slow") }
      #expect(cancelled.isCancellation)
      #expect(pipeline.stageNames.isEmpty && pipeline.metrics.stages.isEmpty)
      gate.close()
      input.close()
      let value17 = try await pipeline.output.collected()
      #expect(value17 == [1])
    }
  }

  @Test func nothingIsLostOrDoubledWhileStagesComeAndGo() async throws {
    for seed in UInt64(0)..<100 {
      try await Simulation(seed: seed).run {
        let input = Channel<Int>(capacity: 2)
        let pipeline = DynamicPipeline(input)
        let changes = spawn {
          var generator = SeededGenerator(seed: seed)
          var names: [String] = []
          for change in 0..<30 {
            if names.isEmpty || Bool.random(using: &generator) {
              let name = "stage \(change)"
              do {
                try pipeline.addStage(
                  name, workers: .random(in: 1...3, using: &generator), ordered: .random(using: &generator),
                  buffer: .random(in: 0...2, using: &generator)
                ) { number in
                  if number % 3 == 0 { await Task.yield() }
                  return number
                }
                names.append(name)
              } catch StageChangeError.ended { return }
            } else {
              let name = names.remove(at: .random(in: 0..<names.count, using: &generator))
              // Some removals overlap.
              if Bool.random(using: &generator) {
                try await pipeline.removeStage(name)
              } else {
                spawn { try await pipeline.removeStage(name) }
              }
            }
            #expect(pipeline.metrics.ledger.isBalanced)
            await Task.yield()
          }
        }
        spawn {
          for number in 1...100 { try await input.send(number) }
          input.close()
        }
        let read = try await pipeline.output.collected()
        try await changes.value
        #expect(read.sorted() == Array(1...100))
        try await pipeline.wait()
        let ledger = pipeline.metrics.ledger
        #expect(ledger.taken == 100 && ledger.emitted == 100 && ledger.inside == 0)
      }
    }
  }

  @Test func cancellingInTheMiddleOfChangesLosesNothing() async throws {
    for seed in UInt64(0)..<100 {
      try await Simulation(seed: seed).run {
        let (input, undelivered, read) = (filled(1...100), Undelivered(), Recorder<Int>())
        let pipeline = DynamicPipeline(input, onUndelivered: undelivered.callback)
        for stage in 0..<3 {
          try pipeline.addStage("\(stage)", workers: 2, buffer: 1) { number in
            try await sleep(for: .microseconds(number % 3))
            return number
          }
        }
        let reader = spawn { for try await number in pipeline.output { read.add(number) } }
        try await sleep(for: .microseconds(Int(seed % 25)))
        let removal = spawn { try await pipeline.removeStage("\(seed % 3)") }
        try pipeline.addStage("more") { $0 }
        if seed % 2 == 0 { await Task.yield() }
        pipeline.cancel()
        try await pipeline.wait()
        _ = await (removal.result, reader.result)
        let taken = 100 - input.count
        #expect((read.values + undelivered.elements()).sorted() == Array((1...100).prefix(taken)))
        let ledger = pipeline.metrics.ledger
        #expect(ledger.taken == taken && ledger.inside == 0 && ledger.undelivered == undelivered.all.count)
      }
    }
  }

  @Test(arguments: [2, 8]) func nothingIsLostOnRealWorkers(workers: Int) async throws {
    try await onWorkers(workers) {
      let input = Channel<Int>(capacity: 8)
      let pipeline = DynamicPipeline(input)
      let changes = spawn {
        for change in 0..<100 {
          try pipeline.addStage("\(change)", workers: 2) { $0 }
          if change > 3 { try await pipeline.removeStage("\(change - 2)") }
          await Task.yield()
        }
        input.close()
      }
      let sent = spawn {
        var number = 0
        while case .sent = await input.offer(number) { number += 1 }
        return number
      }
      let read = try await pipeline.output.collected()
      try await changes.value
      let count = try await sent.value
      #expect(read.sorted() == Array(0..<count))
    }
  }

  @Test func misuseIsATypedError() async throws {
    try await simulated {
      let input = Channel<Int>(capacity: 4)
      let pipeline = DynamicPipeline(input)
      try pipeline.addStage("one") { $0 }
      #expect(throws: StageChangeError.duplicate("one")) { try pipeline.addStage("one") { $0 } }
      await #expect(throws: StageChangeError.unknown("nine")) { try await pipeline.removeStage("nine") }
      #expect("\(StageChangeError.unknown("nine"))".contains("nine"))
      let error = #expect(throws: InvalidSetting.self) { try pipeline.addStage("two", workers: 0) { $0 } }
      #expect(error?.setting == "workers")
      try pipeline.addStage("suicide") { [weak pipeline] number in
        try await pipeline?.removeStage("one")
        return number
      }
      try await input.send(1)
      let failure = spawn { try await pipeline.errors.receive() }
      let value19 = try await failure.value?.error as? StageChangeError
      #expect(value19 == .fromInside("one"))
      input.close()
      let value20 = try await pipeline.output.collected()
      #expect(value20 == [])
      try await pipeline.wait()
      #expect(throws: StageChangeError.ended("late")) { try pipeline.addStage("late") { $0 } }
      try await pipeline.removeStage("one")
    }
  }

  @Test func nothingIsAddedToWhatWasCancelled() async throws {
    try await simulated(seeds: 0..<1) {
      let pipeline = DynamicPipeline(Channel<Int>())
      pipeline.cancel()
      #expect(throws: StageChangeError.ended("late")) { try pipeline.addStage("late") { $0 } }
    }
  }

  @Test func aStageCanBeRemovedBeforeTheStart() async throws {
    try await simulated {
      let pipeline = DynamicPipeline(feed(1...3))
      try pipeline.addStage("a") { $0 * 10 }
      try pipeline.addStage("b") { $0 + 1 }
      try pipeline.addStage("c") { -$0 }
      try await pipeline.removeStage("b")
      try await pipeline.removeStage("a")
      try pipeline.addStage("b") { $0 + 1 }
      let value21 = try await pipeline.output.collected()
      #expect(value21 == [0, -1, -2])
    }
  }

  @Test func aPipelineThatNobodyHoldsEnds() async throws {
    try await simulated {
      let undelivered = Undelivered()
      do {
        let pipeline = DynamicPipeline(1...5, onUndelivered: undelivered.callback)
        try pipeline.addStage("same", buffer: 0) { $0 }
        let value22 = try await pipeline.output.receive()
        try await settle()
        #expect(value22 == 1)
      }
      try await settle()
      #expect(undelivered.elements().sorted() == [2, 3, 4, 5])
    }
  }
}
