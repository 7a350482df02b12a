import CoreTestSupport
import Revoada
import Testing

/// The uses that the project promises, as a program would write them: whoever breaks one of these breaks programs.
@Suite(.timeLimit(.minutes(10)))
struct InterfaceTests {
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

  @Test(.virtualTime) func coordinationReadsAsDocumented() async throws {
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
    let barrier = Barrier(parties: 1)
    try await barrier.wait()
    let latch = CountDownLatch(1)
    latch.countDown()
    try await latch.wait()
    #expect(latch.count == 0)
    let goroutine = spawn { 42 }
    #expect(try await withTimeout(.seconds(1)) { try await goroutine.value } == 42)
    let ran = AtomicInteger()
    try await withScope(limit: 8) { scope in scope.spawn { ran.add(1) } }
    #expect(ran.load() == 1)
  }

  @Test(.virtualTime) func channelsReadAsDocumented() async throws {
    let undelivered = AtomicInteger()
    let newest = Channel<Int>(
      capacity: 3, overflow: .dropOldest,
      onUndelivered: { element, reason in if reason == .droppedOldest { undelivered.add(element) } })
    for number in 1...4 { try await newest.send(number) }
    #expect(undelivered.load() == 1 && newest.count == 3)

    let urgent = PriorityChannel<String>(capacity: 10)
    try await urgent.send("later", priority: 1)
    try await urgent.send("now", priority: 10)
    #expect(try await urgent.receive() == "now")

    let news = Broadcaster<String>()
    try await news.broadcast("before")
    let reader = news.subscribe(buffer: 16, policy: .dropOldest, replay: 2)
    try await news.broadcast("hi")
    #expect(try await reader.receive() == "before")
    #expect(try await reader.receive() == "hi")

    let calm = newest.debounced(for: .milliseconds(50))
    newest.close()
    #expect(try await calm.receive() == 4)

    let (left, right) = (Channel<Int>(capacity: 3), Channel<Int>(capacity: 3))
    for number in 1...3 {
      try await left.send(number)
      try await right.send(10 * number)
    }
    left.close()
    right.close()
    let slow = right.throttled(every: .milliseconds(50))
    var sum = 0
    for try await number in merge([left, slow]) { sum += number }
    // Of the throttled ones, the first came at once and the latest at the close.
    #expect(sum == 6 + 10 + 30)
  }

  @Test(.virtualTime) func workReadsAsDocumented() async throws {
    let pool = WorkerPool<Int, Int>(name: "double", workers: 4, queue: 100) { $0 * 2 }
    let doubled = try await pool.submit(21).value
    #expect(doubled == 42)
    try await pool.wait()
    #expect(pool.stats.completed == 1)
    await pool.close()

    let outcomes = try await (1...12).concurrentMap(
      limit: 5, retry: .exponential(attempts: 4), deadline: .seconds(2)
    ) { month in month }
    for (index, outcome) in outcomes.enumerated() {
      let result = try outcome.result.get()
      #expect(outcome.input == index + 1 && result == outcome.input && outcome.attempts == 1)
      #expect(outcome.duration >= .zero)
    }
    #expect(outcomes.count == 12)

    let stored = AtomicInteger()
    let batch = BatchProcessor<Int>(size: 100, every: .seconds(1)) { items in stored.add(items.count) }
    try await batch.add(1)
    try await batch.flush()
    #expect(stored.load() == 1)
    try await batch.close()

    let numbers = Channel<Int>(capacity: 8)
    for number in 1...8 { try await numbers.send(number) }
    numbers.close()
    let lines = Pipeline(from: numbers)
      .stage("double", workers: 2) { $0 * 2 }
      .stage("text", workers: 2, ordered: true, retry: .exponential(attempts: 3)) { String($0) }
    var texts: Set<String> = []
    for try await line in lines.results { texts.insert(line) }
    #expect(texts == Set((1...8).map { String(2 * $0) }))
    var failures = 0
    for try await _ in lines.errors { failures += 1 }
    #expect(failures == 0 && lines.metrics.stages.count == 2)
    if let bottleneck = lines.metrics.bottleneck { #expect(["double", "text"].contains(bottleneck)) }
  }

  @Test(.virtualTime) func resilienceReadsAsDocumented() async throws {
    let breaker = CircuitBreaker(name: "db", threshold: 5, openFor: .seconds(30), halfOpenProbes: 3)
    let limiter = RateLimiter(rate: 100, per: .seconds(1), burst: 10)
    let users = KeyedRateLimiter<String>(rate: 10, per: .seconds(1), burst: 10)
    let api = Bulkhead(name: "api", limit: 10, queue: 100)
    try await limiter.acquire()
    #expect(limiter.tryAcquire())
    #expect(users.tryAcquire("ana"))
    let answer = try await retry(
      .exponential(attempts: 5, initial: .milliseconds(100), max: .seconds(10), jitter: .full)
    ) {
      try await breaker.call { try await api.execute { 42 } }
    }
    #expect(answer == 42)
    let cache = CoalescingCache<String, Int>(ttl: .seconds(60), maxEntries: 10_000) { key in key.count }
    #expect(try await cache.get("key") == 3)
    cache.invalidate("key")
    #expect(cache.peek("key") == nil)
  }

  @Test(.virtualTime) func messagingReadsAsDocumented() async throws {
    let bus = PubSub<String>()
    let events = bus.subscribe("events.*")
    try await bus.publish("hi", to: "events.login")
    #expect(try await events.receive() == "hi")

    let queue = WorkQueue<Int>(name: "mail", workers: 10, maxRetries: 3)
    let sum = AtomicInteger()
    queue.process { item in
      if item < 0 { throw PermanentError(NoSuchItem()) }
      sum.add(item)
    }
    for item in [1, 2, -1] { try await queue.enqueue(item) }
    try await queue.wait()
    #expect(sum.load() == 3)
    await queue.close()
    var dead: [Int] = []
    for try await letter in queue.deadLetters {
      dead.append(letter.item)
      #expect(letter.attempts == 1 && "\(letter.error)".contains("NoSuchItem"))
    }
    #expect(dead == [-1])
  }

  private struct NoSuchItem: Error {}
}
