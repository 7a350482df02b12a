import Synchronization

/// A value that several goroutines of a test use.
final class Shared<Value: Sendable>: Sendable {
  private let value: Mutex<Value>
  init(_ value: Value) { self.value = Mutex(value) }

  func withLock<R: Sendable>(_ body: (inout Value) -> R) -> R {
    value.withLock { value in body(&value) }
  }
}
