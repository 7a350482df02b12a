import CoreTestSupport
import Revoada
import Testing

@Suite(.timeLimit(.minutes(10)))
struct ChannelNetworkTests {
  @Test(arguments: [2, 8]) func aSieveFindsThePrimes(workers: Int) async throws {
    let primes = try await onWorkers(workers) {
      let naturals = Channel<Int>()
      var goroutines = [spawn { for number in 2... { try await naturals.send(number) } }]
      var (source, primes): (Channel<Int>, [Int]) = (naturals, [])
      for _ in 0..<40 {
        let prime = try await source.receive() ?? 0
        primes.append(prime)
        let (input, output) = (source, Channel<Int>())
        goroutines.append(
          spawn { for try await number in input where number % prime != 0 { try await output.send(number) } })
        source = output
      }
      for goroutine in goroutines { goroutine.cancel() }
      for goroutine in goroutines { _ = await goroutine.result }
      return primes
    }
    #expect(primes == (2...173).filter { number in (2..<number).allSatisfy { number % $0 != 0 } })
  }

  @Test(arguments: [2, 8]) func fanningInKeepsTheOrderOfEachSource(workers: Int) async throws {
    let merged = try await onWorkers(workers) {
      let (output, sources) = (Channel<(Int, Int)>(), WaitGroup())
      sources.add(6)
      for source in 0..<6 {
        spawn {
          defer { sources.done() }
          for number in 0..<200 { try await output.send((source, number)) }
        }
      }
      spawn {
        try await sources.wait()
        output.close()
      }
      var merged: [[Int]] = Array(repeating: [], count: 6)
      for try await (source, number) in output { merged[source].append(number) }
      return merged
    }
    for numbers in merged { #expect(numbers == Array(0..<200)) }
  }

  @Test(arguments: [2, 8], [0, 2]) func sendersReceiversAndSelectsShareFourChannels(
    workers: Int, capacity: Int
  ) async throws {
    let each = 500
    let counts = (0..<4).map { _ in AtomicInteger() }
    try await onWorkers(workers) {
      let channels = (0..<4).map { _ in Channel<Int>(capacity: capacity) }
      try await withScope { scope in
        for (index, channel) in channels.enumerated() {
          scope.spawn { for _ in 0..<each { try await channel.send(index) } }
          scope.spawn {
            for _ in 0..<each {
              let element = try await channel.receive()
              #expect(element == index)
            }
            counts[index].add(each)
          }
        }
        // One goroutine sends `each` to every channel, another receives as much, both by selects over all four.
        for sends in [true, false] {
          scope.spawn {
            var left = Array(repeating: each, count: 4)
            while left.contains(where: { $0 > 0 }) {
              let picked = try await select {
                for index in 0..<4 where left[index] > 0 {
                  if sends {
                    Send(index, to: channels[index]) { index }
                  } else {
                    Receive(channels[index]) { $0 ?? -1 }
                  }
                }
              }
              left[picked] -= 1
              if !sends { counts[picked].add(1) }
            }
          }
        }
      }
    }
    for count in counts { #expect(count.load() == 2 * each) }
  }

  /// A random directed graph without cycles: each node passes what it gets to one of the nodes after it.
  @Test(arguments: [2, 8], [UInt64(1), 2, 3, 4]) func aRandomGraphConservesElements(
    workers: Int, seed: UInt64
  ) async throws {
    var generator = SeededGenerator(seed: seed)
    let size = 12
    let capacities = (0..<size).map { _ in Int.random(in: 0...4, using: &generator) }
    let targets = (0..<size - 1).map { node in
      (0..<3).map { _ in Int.random(in: node + 1..<size, using: &generator) }
    }
    let arrived = try await onWorkers(workers) {
      let nodes = capacities.map { Channel<Int>(capacity: $0) }
      for node in 0..<size - 1 {
        spawn {
          for try await element in nodes[node] {
            try await select {
              for target in targets[node] { Send(element, to: nodes[target]) {} }
            }
          }
        }
      }
      let senders = (0..<4).map { sender in
        spawn { for number in 0..<400 { try await nodes[number % (size - 1)].send(sender * 400 + number) } }
      }
      var arrived: [Int] = []
      while arrived.count < 1_600, let element = try await nodes[size - 1].receive() {
        arrived.append(element)
      }
      for sender in senders { try await sender.value }
      for node in nodes { node.close() }
      return arrived
    }
    #expect(arrived.sorted() == Array(0..<1_600))
  }
}
