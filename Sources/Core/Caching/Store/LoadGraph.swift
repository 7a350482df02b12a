import RevoadaScheduling

/// A load as something that may wait for other loads.
@usableFromInline
package class LoadNode: @unchecked Sendable {  // `waitsFor` is protected by the graph's lock
  fileprivate final var waitsFor: [LoadNode] = []

  /// The load that this code is part of.
  @usableFromInline
  @TaskLocal static var current: LoadNode?
}

/// Which load waits for which, in all caches: a loader that asks for its own key, or two that ask for each other's, get an error
/// instead of waiting for ever. Only loaders that use a cache themselves come here.
@usableFromInline
enum LoadGraph {
  private static let lock = Lock()

  /// False if `target` waits, over however many loads, for `load`.
  static func beginWait(of load: LoadNode, for target: LoadNode) -> Bool {
    lock.withLock {
      var pending = [target]
      var seen: Set<ObjectIdentifier> = []
      while let next = pending.popLast() {
        if next === load { return false }
        if seen.insert(ObjectIdentifier(next)).inserted { pending += next.waitsFor }
      }
      load.waitsFor.append(target)
      return true
    }
  }

  @usableFromInline
  static func endWait(of load: LoadNode, for target: LoadNode) {
    lock.withLock {
      if let index = load.waitsFor.firstIndex(where: { $0 === target }) { load.waitsFor.remove(at: index) }
    }
  }
}
