import Synchronization

/// The calls from Swift that are under way, for the deadlock check.
final class HostCalls: Sendable {
  private let entries = Mutex<[ObjectIdentifier: (call: HostCall, isolate: Isolate)]>([:])

  func insert(_ call: HostCall, on isolate: Isolate) {
    entries.withLock { $0[ObjectIdentifier(call)] = (call, isolate) }
  }

  func remove(_ call: HostCall) {
    entries.withLock { $0[ObjectIdentifier(call)] = nil }
  }

  var all: [(call: HostCall, isolate: Isolate)] { entries.withLock { Array($0.values) } }
}
