import AsyncAlgorithms
import RowKit

/// ping-pong: n round trips between two tasks over two `AsyncChannel`s.
@Sendable func pingPong(_ n: Int) async throws {
  let there = AsyncChannel<Int>()
  let back = AsyncChannel<Int>()
  let partner = Task {
    for await value in there { await back.send(value) }
    back.finish()
  }
  var echoes = back.makeAsyncIterator()
  var sum = 0
  for i in 0..<n {
    await there.send(i)
    sum += await echoes.next() ?? 0
  }
  there.finish()
  await partner.value
  try expect("sum of echoes", sum, n * (n - 1) / 2)
}

/// unbuffered spsc: one producer sends n elements into an `AsyncChannel` and finishes it, one
/// consumer iterates.
@Sendable func unbufferedSPSC(_ n: Int) async throws {
  let channel = AsyncChannel<Int>()
  Task {
    for i in 0..<n { await channel.send(i) }
    channel.finish()
  }
  var sum = 0
  for await value in channel { sum += value }
  try expect("sum of elements", sum, n * (n - 1) / 2)
}

/// buffered-100 spsc: one producer yields n elements into an `AsyncStream`, one consumer iterates.
///
/// A stream of 100 would drop what does not fit, so this one is unbounded: less work than the row
/// asks for, since the producer never waits.
@Sendable func bufferedSPSC(_ n: Int) async throws {
  let (stream, continuation) = AsyncStream.makeStream(of: Int.self)
  Task {
    for i in 0..<n { continuation.yield(i) }
    continuation.finish()
  }
  var sum = 0
  for await value in stream { sum += value }
  try expect("sum of elements", sum, n * (n - 1) / 2)
}

/// select-2: one consumer iterates over the merge of two `AsyncChannel`s, each with a producer of
/// n/2 elements.
@Sendable func selectTwo(_ n: Int) async throws {
  let channels = (AsyncChannel<Int>(), AsyncChannel<Int>())
  for channel in [channels.0, channels.1] {
    Task {
      for i in 0..<n / 2 { await channel.send(i) }
      channel.finish()
    }
  }
  var sum = 0
  for await value in merge(channels.0, channels.1) { sum += value }
  try expect("sum of elements", sum, n / 2 * (n / 2 - 1))
}

/// pipeline-4: a source, four stages and a sink joined by `AsyncChannel`s.
@Sendable func pipelineFour(_ n: Int) async throws {
  let source = AsyncChannel<Int>()
  Task {
    for i in 0..<n { await source.send(i) }
    source.finish()
  }
  var last = source
  for _ in 0..<4 {
    let input = last
    let output = AsyncChannel<Int>()
    Task {
      for await value in input { await output.send(value + 1) }
      output.finish()
    }
    last = output
  }
  var sum = 0
  for await value in last { sum += value }
  try expect("sum of elements", sum, n * (n - 1) / 2 + 4 * n)
}
