/// The prepared statements of one connection, at most so many; the one that was used longest ago makes room.
///
/// A statement that is in use (a cursor is open on it) is not handed out again and not evicted. Eviction looks at all, which is
/// nothing beside the preparation that made it necessary.
struct StatementCache<Statement: CachedStatement> {
  let capacity: Int
  private var statements: [String: Statement] = [:]
  private var clock: UInt64 = 0
  private(set) var hits = 0
  private(set) var misses = 0
  private(set) var evictions = 0

  init(capacity: Int) { self.capacity = max(0, capacity) }

  var count: Int { statements.count }

  /// A statement that is free for use, and is marked as used.
  mutating func take(_ text: String) -> Statement? {
    guard let found = statements[text], !found.isInUse else {
      misses += 1
      return nil
    }
    hits += 1
    use(found)
    return found
  }

  /// Keeps a statement that has just been prepared and is going to be used.
  /// - Returns: what the caller must finalize: the one that made room. Nil in `kept` if there is no room, or the text is
  ///   there already: then the caller finalizes the new one after use.
  mutating func keep(_ statement: Statement, _ text: String) -> (kept: Bool, evicted: Statement?) {
    use(statement)
    if capacity == 0 || statements[text] != nil { return (false, nil) }
    var evicted: Statement?
    if statements.count >= capacity {
      guard
        let oldest = statements.filter({ !$0.value.isInUse }).min(by: { $0.value.lastUse < $1.value.lastUse })
      else { return (false, nil) }
      evicted = statements.removeValue(forKey: oldest.key)
      evictions += 1
    }
    statements[text] = statement
    return (true, evicted)
  }

  /// Forgets all; the caller finalizes them.
  mutating func removeAll() -> [Statement] {
    defer { statements = [:] }
    return Array(statements.values)
  }

  private mutating func use(_ statement: Statement) {
    clock += 1
    statement.lastUse = clock
    statement.isInUse = true
  }
}

/// What a cache notes in a statement.
protocol CachedStatement: AnyObject {
  var isInUse: Bool { get set }
  var lastUse: UInt64 { get set }
}
