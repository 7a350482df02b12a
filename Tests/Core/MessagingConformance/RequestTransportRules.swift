import Revoada

/// What every ``RequestTransport`` must do, seen through the ``RequestReply`` above it.
package enum RequestTransportRules {
  package typealias Transport = any RequestTransport<Int, String>

  struct Refused: Error, CustomStringConvertible { let description = "refused" }

  package static let all: [Rule<Transport>] = [
    Rule("a request gets the reply to itself") { transport, traits in
      let service = RequestReply(name: "r", transport: transport)
      service.serve { number in
        try await sleep(for: traits.tick * (number % 3))
        return "\(number)!"
      }
      try await withScope { scope in
        for number in 0..<50 {
          scope.spawn {
            try expect(try await service.request(number, timeout: .seconds(10)), is: "\(number)!")
          }
        }
      }
      try expect(service.stats.answered, is: 50)
      try expect(service.stats.isBalanced, is: true)
    },
    Rule("without anybody who serves, a request fails at once") { transport, _ in
      let service = RequestReply(name: "r", transport: transport)
      try await expect("a request", throws: { $0 is NoResponders }) { _ = try await service.request(1) }
      let responder = service.serve { "\($0)" }
      try expect(try await service.request(1), is: "1")
      responder.stop()
      try await expect("a request", throws: { $0 is NoResponders }) { _ = try await service.request(1) }
      try expect(service.stats.noResponders, is: 2)
      try expect(service.stats.isBalanced, is: true)
    },
    Rule("an error comes back with its text") { transport, _ in
      let service = RequestReply(name: "r", transport: transport)
      service.serve { _ in throw Refused() }
      try await expect("a request", throws: { "\($0)" == "refused" }) { _ = try await service.request(1) }
      try expect(service.stats.failed, is: 1)
    },
    Rule("those who serve take turns") { transport, _ in
      let service = RequestReply(name: "r", transport: transport)
      for name in ["a", "b"] { service.serve { _ in name } }
      var answers: Set<String> = []
      for number in 0..<10 { answers.insert(try await service.request(number)) }
      try expect(answers, is: ["a", "b"])
    },
    Rule("a reply after the time-out is counted and dropped") { transport, traits in
      let service = RequestReply(name: "r", transport: transport)
      service.serve { number in
        if number == 1 { try await sleep(for: traits.tick * 6) }
        return "\(number)"
      }
      try await expect("a request", throws: { $0 is TimedOut }) {
        _ = try await service.request(1, timeout: traits.tick * 2)
      }
      try expect(try await service.request(2, timeout: .seconds(10)), is: "2")
      try await sleep(for: traits.tick * 8)
      try expect([service.stats.timedOut, service.stats.lateReplies], is: [1, 1])
      try expect(service.stats.isBalanced, is: true)
    },
    Rule("closing answers what was accepted and refuses the rest") { transport, traits in
      let service = RequestReply(name: "r", transport: transport)
      service.serve { number in
        try await sleep(for: traits.tick * 4)
        return "\(number)"
      }
      let asking = spawn { try await service.request(1) }
      try await sleep(for: traits.tick)
      await service.close()
      try expect(try await asking.value, is: "1")
      try await expect("a request", throws: { $0 is MessagingClosed }) { _ = try await service.request(2) }
      try expect(service.stats.isBalanced, is: true)
    },
  ]
}
