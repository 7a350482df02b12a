import CoreTestSupport
import Revoada
import Testing

@Suite(.timeLimit(.minutes(10)))
struct AtomicIntegerTests {
  @Test func operationsTellWhatTheyPromise() {
    let number = AtomicInteger(5)
    #expect(number.add(2) == 7)
    #expect(number.swap(1) == 7)
    #expect(!number.compareAndSwap(expected: 9, desired: 0))
    #expect(number.compareAndSwap(expected: 1, desired: .max))
    #expect(number.add(1) == .min)
    number.store(3)
    #expect(number.load() == 3)
  }

  @Test(arguments: [2, 8]) func noAdditionIsLost(workers: Int) async throws {
    let number = AtomicInteger()
    try await onWorkers(workers) {
      try await withScope { scope in
        for _ in 0..<8 { scope.spawn { for _ in 0..<5_000 { number.add(1) } } }
      }
    }
    #expect(number.load() == 40_000)
  }
}
