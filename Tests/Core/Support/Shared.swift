import RevoadaScheduling

/// A value that several goroutines of a test use.
package final class Shared<Value: Sendable>: Sendable {
  private let value: Guarded<Value>
  package init(_ value: Value) { self.value = Guarded(value) }

  package func withLock<R: Sendable>(_ body: (inout Value) -> R) -> R {
    value.withLock { value in body(&value) }
  }
}
