import AsyncAlgorithms
import RowKit

/// debounce: one producer sends n elements into an `AsyncChannel` as fast as it can and finishes it; of
/// its debounced elements, with a second of quiet, the caller receives the last.
@Sendable func debounce(_ n: Int) async throws {
  let source = AsyncChannel<Int>()
  Task {
    for i in 0..<n { await source.send(i) }
    source.finish()
  }
  var last = -1
  for await value in source.debounce(for: .seconds(1)) { last = value }
  try expect("last element", last, n - 1)
}
