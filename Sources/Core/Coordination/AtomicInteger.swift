import Synchronization

/// An integer that any task or thread may change at any time.
///
/// All operations are sequentially consistent. Arithmetic wraps around.
public final class AtomicInteger: Sendable {
  private let storage: Atomic<Int>

  /// Creates an integer with an initial value.
  public init(_ value: Int = 0) { storage = Atomic(value) }

  /// The present value.
  public func load() -> Int { storage.load(ordering: .sequentiallyConsistent) }

  /// Replaces the value.
  public func store(_ value: Int) { storage.store(value, ordering: .sequentiallyConsistent) }

  /// Adds `delta` and returns the *new* value.
  @discardableResult
  public func add(_ delta: Int) -> Int {
    storage.wrappingAdd(delta, ordering: .sequentiallyConsistent).newValue
  }

  /// Replaces the value and returns the old one.
  @discardableResult
  public func swap(_ value: Int) -> Int { storage.exchange(value, ordering: .sequentiallyConsistent) }

  /// Replaces the value if it is `expected`; tells whether it was.
  @discardableResult
  public func compareAndSwap(expected: Int, desired: Int) -> Bool {
    storage.compareExchange(expected: expected, desired: desired, ordering: .sequentiallyConsistent).exchanged
  }
}
