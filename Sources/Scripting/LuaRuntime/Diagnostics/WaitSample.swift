import LuaShim
import Synchronization

extension RuntimeCore {
  /// Notes who waits in any isolate, each in a turn of its own, and hands over the list.
  func sampleWaits(_ complete: @escaping @Sendable ([Wait]) -> Void) {
    let isolates = isolates
    if isolates.isEmpty { return complete([]) }
    let sample = WaitSample(parts: isolates.count, complete)
    for isolate in isolates {
      if rv_is_turning(isolate.state) != 0 {
        sample.add(isolate.waits())
      } else if !isolate.post({ sample.add($0.waits()) }) {
        sample.add([])
      }
    }
  }
}

/// The waits of several isolates, as they come in.
private final class WaitSample: Sendable {
  private let state: Mutex<(waits: [Wait], missing: Int)>
  private let complete: @Sendable ([Wait]) -> Void

  init(parts: Int, _ complete: @escaping @Sendable ([Wait]) -> Void) {
    state = Mutex(([], parts))
    self.complete = complete
  }

  func add(_ waits: [Wait]) {
    let all = state.withLock { state -> [Wait]? in
      state.waits += waits
      state.missing -= 1
      return state.missing == 0 ? state.waits : nil
    }
    if let all { complete(all) }
  }
}
