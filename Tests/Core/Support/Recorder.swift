import RevoadaScheduling

/// Collects values from several tasks in the order in which they come.
package final class Recorder<Value: Sendable>: Sendable {
  private let storage = Guarded<[Value]>([])
  package init() {}

  package func add(_ value: Value) { storage.withLock { $0.append(value) } }
  package var values: [Value] { storage.withLock { $0 } }
}
