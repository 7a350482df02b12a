import Revoada
import Testing

@Suite("Counters")
struct CountersTests {
  @Test("an atomic integer gives new values from add and old ones from swap")
  func atomicInteger() {
    let number = AtomicInteger(5)
    #expect(number.add(2) == 7)
    #expect(number.swap(1) == 7)
    #expect(number.compareAndSwap(expected: 1, desired: 9))
    #expect(!number.compareAndSwap(expected: 1, desired: 3))
    #expect(number.load() == 9)
  }

  @Test("a semaphore too small for a request says so at once")
  func tooSmall() async {
    let permits = Semaphore(permits: 2)
    await #expect(throws: SemaphoreTooSmall(requested: 3, size: 2)) { try await permits.acquire(3) }
    #expect(permits.available == 2)
  }
}
