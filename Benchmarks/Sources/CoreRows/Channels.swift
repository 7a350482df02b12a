import Revoada
import RowKit

/// ping-pong: n round trips between two goroutines over two unbuffered channels.
@Sendable func pingPong(_ n: Int) async throws {
  let there = Channel<Int>()
  let back = Channel<Int>()
  spawn {
    for try await value in there { try await back.send(value) }
    back.close()
  }
  var sum = 0
  for i in 0..<n {
    try await there.send(i)
    sum += try await back.receive() ?? 0
  }
  there.close()
  _ = try await back.receive()
  try expect("sum of echoes", sum, n * (n - 1) / 2)
}

/// unbuffered spsc, buffered-100 spsc: one producer sends n elements and closes, one consumer
/// receives until the end.
@Sendable func spsc(capacity: Int, _ n: Int) async throws {
  let channel = Channel<Int>(capacity: capacity)
  spawn {
    for i in 0..<n { try await channel.send(i) }
    channel.close()
  }
  var sum = 0
  for try await value in channel { sum += value }
  try expect("sum of elements", sum, n * (n - 1) / 2)
}

/// buffered-100 mpmc 4x4: four producers send n/4 elements each into one channel of capacity 100,
/// four consumers receive until it is closed behind the last producer.
@Sendable func mpmc(_ n: Int) async throws {
  let parties = 4
  let channel = Channel<Int>(capacity: 100)
  let producers = WaitGroup()
  producers.add(parties)
  for _ in 0..<parties {
    spawn {
      for i in 0..<n / parties { try await channel.send(i) }
      producers.done()
    }
  }
  let counts = Channel<Int>()
  for _ in 0..<parties {
    spawn {
      var count = 0
      for try await _ in channel { count += 1 }
      try await counts.send(count)
    }
  }
  try await producers.wait()
  channel.close()
  var total = 0
  for _ in 0..<parties { total += try await counts.receive() ?? 0 }
  try expect("elements received", total, n / parties * parties)
}
