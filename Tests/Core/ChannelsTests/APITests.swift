import Revoada
import Testing

/// The uses that the documentation shows, as a program would write them.
@Suite(.timeLimit(.minutes(1)))
struct APITests {
  @Test func coreReadsAsDocumented() async throws {
    Scheduler.installGlobally(workers: 2)
    let scheduler = Scheduler(workers: 2)
    #expect(await Task(executorPreference: scheduler) { 7 }.value == 7)

    let goroutine = spawn(name: "answer") { 42 }
    #expect(try await goroutine.value == 42)
    goroutine.cancel()

    let jobs = Channel<Int>(capacity: 100)
    try await jobs.send(1)
    try await jobs.send(2, timeout: .seconds(1))
    let next: Int? = try await jobs.receive()
    #expect(next == 1)
    switch jobs.trySend(3) {
    case .sent: break
    case .full, .closed: Issue.record("there is room")
    }
    switch jobs.tryReceive() {
    case .received(let job): #expect(job == 2)
    case .empty, .closed: Issue.record("there is an element")
    }
    jobs.close()
    var rest: [Int] = []
    for try await job in jobs { rest.append(job) }
    #expect(rest == [3])
    do { try await jobs.send(4) } catch let error as ChannelClosed<Int> { #expect(error.element == 4) }

    let other = Channel<String>()
    let picked = try await select {
      Receive(jobs) { value in value.map(String.init) ?? "closed" }
      Send("hello", to: other) { "sent" }
      After(.milliseconds(5)) { "late" }
      Default { "none ready" }
    }
    #expect(picked == "closed")
  }

  @Test func coordinationReadsAsDocumented() async throws {
    let group = WaitGroup()
    group.add(1)
    group.done()
    try await group.wait()
    let counter = AsyncMutex(0)
    try await counter.withLock { $0 += 1 }
    #expect(try await counter.withLock { $0 } == 1)
    let permits = Semaphore(permits: 10)
    try await permits.acquire(3)
    permits.release(3)
    try await permits.withPermits(2) {}
    #expect(permits.available == 10)
    let goroutine = spawn { 42 }
    #expect(try await withTimeout(.seconds(1)) { try await goroutine.value } == 42)
    let ran = AtomicInteger()
    try await withScope(limit: 8) { scope in scope.spawn { ran.add(1) } }
    #expect(ran.load() == 1)
  }

  @Test func overflowReadsAsDocumented() async throws {
    let dropped = AtomicInteger()
    let newest = Channel<Int>(
      capacity: 3, overflow: .dropOldest, onUndelivered: { element, _ in dropped.add(element) })
    for number in 1...4 { try await newest.send(number) }
    #expect(dropped.load() == 1)
    #expect(newest.count == 3)
  }
}
