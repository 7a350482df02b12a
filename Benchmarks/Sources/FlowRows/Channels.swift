import Revoada
import RowKit

/// fan-out 8 / fan-in: a source sends n elements into an unbuffered channel, eight workers double each
/// into an unbuffered channel of their own, and those are merged into one that the caller receives from.
@Sendable func fanOutFanIn(_ n: Int) async throws {
  let source = Channel<Int>()
  spawn {
    for i in 0..<n { try await source.send(i) }
    source.close()
  }
  var sum = 0
  for try await value in fanIn(source.fanOut(workers: 8) { 2 * $0 }) { sum += value }
  try expect("sum of results", sum, n * (n - 1))
}

/// broadcast 1→64: n elements are broadcast to 64 subscribers, each of which buffers 16, is waited for
/// when it is full, and adds up what it receives; per element broadcast.
@Sendable func broadcast(_ n: Int) async throws {
  let news = Broadcaster<Int>(history: 0)
  let sum = AtomicInteger(0)
  let readers = WaitGroup()
  for _ in 0..<64 {
    let reader = news.subscribe(buffer: 16, policy: .block)
    readers.add(1)
    spawn {
      var own = 0
      for try await value in reader { own += value }
      sum.add(own)
      readers.done()
    }
  }
  for i in 0..<n { try await news.broadcast(i) }
  news.close()
  try await readers.wait()
  try expect("sum of elements", sum.load(), 64 * (n * (n - 1) / 2))
}

/// priority channel: one producer sends n elements of eight priorities through a priority channel of 100,
/// in which those of one priority keep their order, and closes it; one consumer receives until the end.
@Sendable func priorityChannel(_ n: Int) async throws {
  let channel = PriorityChannel<Int>(capacity: 100)
  spawn {
    for i in 0..<n { try await channel.send(i, priority: i & 7) }
    channel.close()
  }
  var sum = 0
  for try await value in channel { sum += value }
  try expect("sum of elements", sum, n * (n - 1) / 2)
}

/// merge 2: two unbuffered channels, each with a producer of n/2 elements that closes it, are merged;
/// the caller receives until the end.
@Sendable func mergeTwo(_ n: Int) async throws {
  let channels = [Channel<Int>(), Channel<Int>()]
  for channel in channels {
    spawn {
      for i in 0..<n / 2 { try await channel.send(i) }
      channel.close()
    }
  }
  var sum = 0
  for try await value in merge(channels) { sum += value }
  try expect("sum of elements", sum, n / 2 * (n / 2 - 1))
}

/// debounce: one producer sends n elements into an unbuffered channel as fast as it can and closes it;
/// of its debounced elements, with a second of quiet, the caller receives the last.
@Sendable func debounce(_ n: Int) async throws {
  let source = Channel<Int>()
  spawn {
    for i in 0..<n { try await source.send(i) }
    source.close()
  }
  var last = -1
  for try await value in source.debounced(for: .seconds(1)) { last = value }
  try expect("last element", last, n - 1)
}
