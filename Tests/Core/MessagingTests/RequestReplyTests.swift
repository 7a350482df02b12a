import CoreTestSupport
import Revoada
import Testing

@Suite(.timeLimit(.minutes(10)))
struct RequestReplyTests {
  struct Refused: Error, Equatable { let number: Int }

  @Test func requestsAreHandledAtTheSameTime() async throws {
    try await simulated {
      let service = RequestReply<Int, Int>(name: "double")
      service.serve { number in
        try await sleep(for: .seconds(1))
        return number * 2
      }
      try await withScope { scope in
        for number in 0..<50 {
          scope.spawn {
            let answer = try await service.request(number, timeout: .seconds(2))
            #expect(answer == number * 2)
          }
        }
      }
      #expect(Simulation.elapsedMilliseconds == 1_000)
      #expect(service.stats.answered == 50 && service.stats.isBalanced && service.handling == 0)
    }
  }

  @Test func aLimitLetsTheOthersWaitInOrder() async throws {
    try await Simulation(seed: 2).run {
      let service = RequestReply<Int, Int>(name: "s")
      let (running, peak) = (AtomicInteger(), Recorder<Int>())
      service.serve(limit: 2) { number in
        peak.add(running.add(1))
        try await sleep(for: .seconds(1))
        running.add(-1)
        return number
      }
      let asking = (0..<6).map { number in spawn { try await service.request(number) } }
      for goroutine in asking { _ = try await goroutine.value }
      #expect(peak.values.max() == 2 && Simulation.elapsedMilliseconds == 3_000)
    }
  }

  @Test func aRequestNobodyWaitsForIsNotHandled() async throws {
    try await simulated {
      let service = RequestReply<Int, Int>(name: "s")
      let handled = Recorder<Int>()
      service.serve(limit: 1) { number in
        handled.add(number)
        try await sleep(for: .seconds(5))
        return number
      }
      let first = spawn { try await service.request(1) }
      try await settle()
      await #expect(throws: TimedOut(limit: .seconds(1))) {
        try await service.request(2, timeout: .seconds(1))
      }
      _ = try await first.value
      await service.close()
      #expect(handled.values == [1])
      #expect(service.stats.lateReplies == 0 && service.stats.isBalanced)
    }
  }

  @Test func theHandlersErrorIsTheRequestsError() async throws {
    try await simulated {
      let service = RequestReply<Int, Int>(name: "s")
      service.serve { number in
        if number == 0 { throw CancellationError() }
        throw Refused(number: number)
      }
      await #expect(throws: Refused(number: 4)) { try await service.request(4) }
      await #expect(throws: RemoteError("request/reply \"s\": the handler was cancelled")) {
        try await service.request(0)
      }
      #expect(service.stats.failed == 2 && service.stats.isBalanced)
    }
  }

  @Test func cancellingTheRequesterEndsItsWaitOnly() async throws {
    for home in Home.allCases {
      try await simulated {
        let service = RequestReply<Int, Int>(name: "s")
        let finished = Recorder<Int>()
        service.serve { number in
          try await sleep(for: .seconds(1))
          finished.add(number)
          return number
        }
        let result = try await home.cancelling { try await service.request(1) }
        #expect(result.isCancellation)
        await service.close()
        #expect(finished.values == [1])
        #expect(service.stats.cancelled == 1 && service.stats.lateReplies == 1 && service.stats.isBalanced)
      }
    }
  }

  @Test func answeredThenCancelled() async throws {
    for home in Home.allCases {
      try await simulated {
        let service = RequestReply<Int, Int>(name: "s")
        let gate = Channel<Int>(capacity: 1)
        service.serve { _ in try await gate.receive() ?? 0 }
        let result = try await home.cancelling(after: { _ = gate.trySend(7) }) {
          try await service.request(1)
        }
        // Cancelled before the handler ran on: never answered, and counted so.
        try await settle()
        let stats = service.stats
        if case .success(let value) = result {
          #expect(value == 7 && stats.answered == 1)
        } else {
          #expect(result.isCancellation && stats.cancelled == 1 && stats.lateReplies == 1)
        }
        #expect(stats.isBalanced && stats.pending == 0)
      }
    }
  }

  @Test func timesMayBeNothingOrForEver() async throws {
    try await simulated {
      let service = RequestReply<Int, Int>(name: "s")
      service.serve { number in
        try await sleep(for: .seconds(1))
        return number
      }
      for timeout in [Duration.zero, .seconds(-1), .nanoseconds(1)] {
        await #expect(throws: TimedOut.self) { try await service.request(1, timeout: timeout) }
      }
      let answer = try await service.request(2, timeout: .seconds(Int64.max))
      #expect(answer == 2)
    }
  }

  @Test func aLimitThatMakesNoSenseIsTold() async throws {
    try await simulated {
      let service = RequestReply<Int, Int>(name: "s")
      service.serve(limit: 0) { $0 }
      await #expect(throws: InvalidSetting.self) { try await service.request(1) }
    }
  }

  @Test func aSecondReplyIsDropped() async throws {
    /// Those who serve get ports; one may answer twice.
    try await simulated {
      let transport = MemoryRequestTransport<Int, Int>()
      let service = RequestReply(name: "s", transport: transport)
      let replies = Recorder<Bool>()
      _ = transport.serve { request, port in
        replies.add(port.reply(.success(request)))
        replies.add(port.reply(.failure(Refused(number: request))))
      }
      let answer = try await service.request(5)
      #expect(answer == 5)
      #expect(replies.values == [true, false])
      #expect(service.stats.surplusReplies == 1 && service.stats.isBalanced)
    }
  }

  @Test func aPortOfATransportForwardsOnce() {
    let sent = Recorder<Int>()
    let port = ReplyPort<Int>(id: 9) { result in sent.add((try? result.get()) ?? -1) }
    #expect(port.reply(.success(1)) && !port.reply(.success(2)) && !port.isAbandoned)
    #expect(sent.values == [1])
  }

  @Test func aReleasedServiceRefuses() async throws {
    try await simulated {
      let transport = MemoryRequestTransport<Int, Int>(name: "shared")
      let asker = RequestReply(name: "asker", transport: transport)
      do {
        let server = RequestReply(name: "server", transport: transport)
        server.serve { $0 }
        let answer = try await asker.request(1)
        #expect(answer == 1)
      }
      await #expect(throws: MessagingClosed(subject: "request/reply \"shared\"")) {
        try await asker.request(2)
      }
      #expect(asker.stats.unsent == 1 && asker.stats.isBalanced)
    }
  }

  /// Time-outs and cancellations at random, under many schedules.
  @Test func aStorm() async throws {
    try await simulated(seeds: 0..<30) {
      let service = RequestReply<Int, Int>(name: "s")
      service.serve(limit: 4) { number in
        try await sleep(for: .milliseconds(number % 7))
        if number % 5 == 0 { throw Refused(number: number) }
        return number
      }
      let asking = (0..<60).map { number in
        spawn { try await service.request(number, timeout: .milliseconds(number % 40)) }
      }
      for goroutine in asking.enumerated() where goroutine.offset % 9 == 0 {
        await Task.yield()
        goroutine.element.cancel()
      }
      for (number, goroutine) in asking.enumerated() {
        switch await goroutine.result {
        case .success(let value): #expect(value == number)
        case .failure(let error):
          #expect(error is Refused || error is TimedOut || error is CancellationError)
        }
      }
      await service.close()
      let stats = service.stats
      #expect(stats.requests == 60 && stats.pending == 0 && stats.isBalanced, "\(stats)")
    }
  }

  @Test(arguments: [2, 8])
  func onRealWorkers(_ workers: Int) async throws {
    try await onWorkers(workers) {
      let service = RequestReply<Int, Int>(name: "s")
      service.serve { $0 + 1 }
      try await withScope { scope in
        for asker in 0..<8 {
          scope.spawn {
            for number in 0..<500 {
              let answer = try await service.request(number, timeout: .seconds(60))
              if answer != number + 1 { throw Refused(number: asker) }
            }
          }
        }
      }
      await service.close()
      #expect(service.stats.answered == 4000 && service.stats.isBalanced)
    }
  }
}
