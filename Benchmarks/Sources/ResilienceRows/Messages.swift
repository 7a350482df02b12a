import Revoada
import RowKit

/// pub/sub 1→64: n numbers are published to one topic, to which 64 subscribers with a pattern listen, each of
/// which buffers 16, is waited for when it is full, and adds up what it receives; per number published.
@Sendable func pubSub(_ n: Int) async throws {
  let bus = PubSub<Int>()
  let sum = AtomicInteger(0)
  let readers = WaitGroup()
  for _ in 0..<64 {
    let events = bus.subscribe("events.*", buffer: 16)
    readers.add(1)
    spawn {
      var own = 0
      for try await event in events { own += event }
      sum.add(own)
      readers.done()
    }
  }
  for i in 0..<n { try expect("receivers", try await bus.publish(i, to: "events.login") ?? 0, 64) }
  bus.close()
  try await readers.wait()
  try expect("sum of events", sum.load(), 64 * (n * (n - 1) / 2))
}

/// request/reply: the caller asks a service n times, one request at a time, each with a timeout of a second;
/// the service answers with twice the number, in a goroutine of its own for each request.
@Sendable func requestReply(_ n: Int) async throws {
  let doubles = RequestReply<Int, Int>()
  doubles.serve { 2 * $0 }
  var sum = 0
  for i in 0..<n { sum += try await doubles.request(i, timeout: .seconds(1)) }
  await doubles.close()
  try expect("sum of answers", sum, n * (n - 1))
}

/// work queue, 8 workers: the caller enqueues n items, eight workers process them, each of which is kept until
/// it is acknowledged; a thousand may wait, and the caller waits until none is left.
@Sendable func workQueue(_ n: Int) async throws {
  var options = WorkQueueOptions()
  options.workers = 8
  options.capacity = 1_000
  let queue = WorkQueue<Int>(name: "work", options: options)
  let sum = AtomicInteger(0)
  queue.process { item in sum.add(item) }
  for i in 0..<n { try await queue.enqueue(i) }
  try await queue.wait()
  try expect("sum of items", sum.load(), n * (n - 1) / 2)
}
