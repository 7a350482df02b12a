import Revoada
import RowKit

/// spawn+join: spawn one goroutine and wait for its result, n times in sequence.
@Sendable func spawnJoin(_ n: Int) async throws {
  var sum = 0
  for i in 0..<n {
    sum += try await spawn { i }.value
  }
  try expect("sum of results", sum, n * (n - 1) / 2)
}
