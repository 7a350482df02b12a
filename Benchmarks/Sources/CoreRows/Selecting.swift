import Revoada
import RowKit

/// select-2: one consumer selects over two unbuffered channels, each with a producer of n/2
/// elements, until it has received them all.
@Sendable func selectTwo(_ n: Int) async throws {
  let left = Channel<Int>()
  let right = Channel<Int>()
  for channel in [left, right] {
    spawn {
      for i in 0..<n / 2 { try await channel.send(i) }
    }
  }
  let half = n / 2
  var sum = 0
  for _ in 0..<2 * half {
    sum += try await select {
      Receive(left) { $0 ?? 0 }
      Receive(right) { $0 ?? 0 }
    }
  }
  try expect("sum of elements", sum, half * (half - 1))
}
