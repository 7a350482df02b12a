import RevoadaScheduling

/// A value that several goroutines of a test use.
final class Shared<Value: Sendable>: Sendable {
  private let value: Guarded<Value>
  init(_ value: Value) { self.value = Guarded(value) }

  func withLock<R: Sendable>(_ body: (inout Value) -> R) -> R {
    value.withLock { value in body(&value) }
  }
}
