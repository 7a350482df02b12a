import RevoadaScheduling

/// An object for each key, kept while it is in use or has something to remember.
final class KeyedObjects<Key: Hashable & Sendable, Object: Sendable>: @unchecked Sendable {
  // `entries` is protected by `lock`.

  private struct Entry {
    let object: Object
    var users = 0
  }
  private let lock = Lock()
  @exclusivity(unchecked) private var entries: KeyedStates<Key, Entry>
  private let make: @Sendable () -> Object
  private let cost: @Sendable (Object) -> Int64

  /// - Parameters:
  ///   - limit: how many keys are kept beyond those in use.
  ///   - cost: what dropping an object that is not in use would lose; 0 if it is as good as new.
  ///     Runs under the lock.
  ///   - make: makes an object; one too many may be made and dropped.
  init(limit: Int, cost: @escaping @Sendable (Object) -> Int64, make: @escaping @Sendable () -> Object) {
    entries = KeyedStates(limit: limit)
    self.cost = cost
    self.make = make
  }

  var count: Int { lock.withLock { entries.count } }
  var forgotten: Int { lock.withLock { entries.forgotten } }

  /// The object of a key, if there is one.
  subscript(key: Key) -> Object? {
    lock.withLock { entries.find(key).map { entries[$0].object } }
  }

  /// Runs `body` with the object of a key, which stays meanwhile.
  nonisolated(nonsending)
    func with<R>(_ key: Key, _ body: nonisolated(nonsending) (Object) async throws -> R) async throws -> R
  {
    // Made without the lock: it may set up instruments, whose backend is not ours.
    let object = take(key) { nil } ?? take(key, make)!
    defer {
      lock.withLock {
        if let place = entries.find(key) { entries[place].users -= 1 }
      }
    }
    return try await body(object)
  }

  /// Keeps the object of a key from being dropped; nil if there is none and none is made.
  private func take(_ key: Key, _ make: () -> Object?) -> Object? {
    let made = make()
    return lock.withLock {
      if made == nil, entries.find(key) == nil { return nil }
      let place = entries.place(of: key) {
        $0.users == 0 ? cost($0.object) : nil
      } make: {
        Entry(object: made!)
      }
      entries[place].users += 1
      return entries[place].object
    }
  }
}
