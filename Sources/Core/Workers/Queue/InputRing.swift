/// The inputs of a pool that need no tasks, because they have no handle, no key and no context: the queue counts them, and they lie here.
///
/// Flat, and compiled for the type of the pool's inputs: such an input takes its place in the ring and no other memory.
@usableFromInline
final class InputRing<Input: Sendable>: @unchecked Sendable {  // protected by the pool's lock
  @exclusivity(unchecked) @usableFromInline var places: UnsafeMutablePointer<Input>
  /// One less than the number of places, which is a power of two.
  @exclusivity(unchecked) @usableFromInline var mask: Int
  @exclusivity(unchecked) @usableFromInline var head = 0
  @exclusivity(unchecked) @usableFromInline var count = 0

  @inlinable
  init() {
    places = .allocate(capacity: 8)
    mask = 7
  }

  deinit {
    for _ in 0..<count { _ = popFirst() }
    places.deallocate()
  }

  @inlinable @inline(__always)
  func append(_ input: consuming Input) {
    if count > mask { grow() }
    (places + ((head &+ count) & mask)).initialize(to: input)
    count &+= 1
  }

  /// Takes out the first one; there must be one.
  @inlinable @inline(__always)
  func popFirst() -> Input {
    let input = (places + head).move()
    head = (head &+ 1) & mask
    count &-= 1
    return input
  }

  @inlinable
  func grow() {
    let grown = UnsafeMutablePointer<Input>.allocate(capacity: 2 &* (mask &+ 1))
    for index in 0..<count {
      (grown + index).moveInitialize(from: places + ((head &+ index) & mask), count: 1)
    }
    places.deallocate()
    (places, mask, head) = (grown, 2 &* mask &+ 1, 0)
  }
}
