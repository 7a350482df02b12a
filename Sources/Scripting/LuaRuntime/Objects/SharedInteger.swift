import LuaShim
import Synchronization

/// An integer that isolates change without losing an update. Sums wrap around.
final class SharedInteger: SharedObject, @unchecked Sendable {
  private let value: Atomic<Int64>

  init(_ initial: Int64, name: String?) {
    value = Atomic(initial)
    super.init(name: name)
  }

  static let kind = ObjectKind(
    7, "atomic_int",
    [("add", 1, "i"), ("load", 2, ""), ("store", 3, "i"), ("swap", 4, "i"), ("compare_and_swap", 5, "ii")])
  override var kind: ObjectKind { Self.kind }

  override func invoke(
    _ method: Int32, _ call: UnsafeMutablePointer<rv_invocation>, _ caller: Caller
  ) -> rv_outcome {
    let first = call.pointee.first
    switch method {
    case 1: return call.answer(value.wrappingAdd(first, ordering: .acquiringAndReleasing).newValue)
    case 2: return call.answer(value.load(ordering: .acquiring))
    case 3:
      value.store(first, ordering: .releasing)
      return RV_NONE
    case 4: return call.answer(value.exchange(first, ordering: .acquiringAndReleasing))
    default:
      let exchanged = value.compareExchange(
        expected: first, desired: call.pointee.second, ordering: .acquiringAndReleasing
      ).exchanged
      return exchanged ? RV_TRUE : RV_FALSE
    }
  }
}
