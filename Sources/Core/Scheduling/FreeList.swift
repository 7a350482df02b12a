/// Memory that is pooled: linked by `next` while nobody uses it.
protocol FreeListed {
  var next: UnsafeMutablePointer<Self>? { get set }
}

/// Pieces of memory that nobody uses at the moment. They are never returned to the allocator, so that whoever comes late
/// with a pointer to one finds memory of that kind.
struct FreeList<Element: FreeListed> {
  private var first: UnsafeMutablePointer<Element>?
  private var count = 0
  private let limit: Int

  init(limit: Int) { self.limit = limit }

  @inline(__always)
  mutating func take() -> UnsafeMutablePointer<Element>? {
    guard let element = first else { return nil }
    first = element.pointee.next
    count &-= 1
    return element
  }

  /// False when enough are kept already.
  @inline(__always)
  mutating func keep(_ element: UnsafeMutablePointer<Element>) -> Bool {
    if count >= limit { return false }
    element.pointee.next = first
    first = element
    count &+= 1
    return true
  }
}

/// The pool of all threads: for those that are no workers, and for what is too many for a worker.
final class SharedFreeList<Element: FreeListed>: Sendable {
  private let list = Guarded(FreeList<Element>(limit: .max))

  func take() -> UnsafeMutablePointer<Element>? { list.withLock { UncheckedTransfer($0.take()) }.value }
  func keep(_ element: UnsafeMutablePointer<Element>) {
    let element = UncheckedTransfer(element)
    list.withLock { _ = $0.keep(element.value) }
  }
}
