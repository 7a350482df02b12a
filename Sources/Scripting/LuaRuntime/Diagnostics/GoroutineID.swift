/// A goroutine of any isolate.
struct GoroutineID: Hashable, Sendable {
  private let isolate: ObjectIdentifier
  /// What the shim calls it; 0 for a caller that is none.
  let number: UInt64

  init(_ isolate: Isolate, _ number: UInt64) {
    self.isolate = ObjectIdentifier(isolate)
    self.number = number
  }

  func belongs(to isolate: Isolate) -> Bool { self.isolate == ObjectIdentifier(isolate) }
}

extension Caller {
  var id: GoroutineID { GoroutineID(isolate, goroutine) }
}

extension LuaCall {
  var caller: GoroutineID { GoroutineID(isolate, goroutine) }
}

extension Waiter {
  var id: GoroutineID { GoroutineID(isolate, goroutine) }
}

/// Who holds a lock, or permits.
struct Holders {
  private(set) var entries: [(holder: GoroutineID, count: Int64)] = []

  mutating func add(_ holder: GoroutineID, _ count: Int64 = 1) {
    if entries.last?.holder == holder {
      entries[entries.count - 1].count += count
    } else {
      entries.append((holder, count))
    }
  }

  /// Takes from what `holder` has; and what another goroutine gives back for somebody, from whoever has held longest.
  mutating func remove(_ holder: GoroutineID?, _ count: Int64 = 1) {
    var rest = count
    while rest > 0, !entries.isEmpty {
      let index = entries.lastIndex { $0.holder == holder } ?? 0
      let taken = min(rest, entries[index].count)
      rest -= taken
      entries[index].count -= taken
      if entries[index].count == 0 { entries.remove(at: index) }
    }
  }

  func contains(_ holder: GoroutineID) -> Bool { entries.contains { $0.holder == holder } }
  var isEmpty: Bool { entries.isEmpty }
}

/// Who keeps a goroutine waiting for an object.
struct Blockers {
  /// Who has what it waits for.
  var holders: [(holder: GoroutineID, count: Int64)]
  /// Who is served before it.
  var predecessor: GoroutineID?

  init(_ holders: [GoroutineID]) { self.holders = holders.map { ($0, 1) } }
  init(_ holders: Holders) { self.holders = holders.entries }
}
