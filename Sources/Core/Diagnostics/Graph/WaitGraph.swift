/// Who waits for what, and for whom, at one moment.
public struct WaitGraph: Sendable {
  /// Everybody that was looked at.
  public let waiters: [WaiterID: WaitSnapshot]

  /// Makes a graph of what was seen.
  public init(_ snapshots: [WaitSnapshot]) {
    waiters = Dictionary(snapshots.map { ($0.id, $0) }) { first, _ in first }
  }

  /// Those who cannot go on because all who could end their wait cannot either; unless somebody cancels them.
  ///
  /// The greatest set of waiters each of which has, in every case of its wait, only members of the set to hope for.
  ///
  /// - Parameter isClosed: nothing outside of the graph ever ends a wait. Then all of them are stuck if all wait, whatever for.
  public func stuck(isClosed: Bool = false) -> Set<WaiterID> {
    let waiting = waiters.values.filter { !$0.cases.isEmpty && !$0.isLimited }
    if isClosed, !waiting.isEmpty, waiting.count == waiters.count {
      let all = shrink(Set(waiting.map(\.id)), hopingForAnybody: false)
      if all.count == waiters.count { return all }
    }
    return shrink(
      Set(waiting.filter { $0.cases.allSatisfy(\.hasKnownEnders) }.map(\.id)), hopingForAnybody: true)
  }

  private func shrink(_ candidates: Set<WaiterID>, hopingForAnybody: Bool) -> Set<WaiterID> {
    var stuck = candidates
    while true {
      let free = stuck.filter { id in
        !waiters[id]!.cases.allSatisfy { $0.isHopeless(among: stuck, hopingForAnybody: hopingForAnybody) }
      }
      if free.isEmpty { return stuck }
      stuck.subtract(free)
    }
  }

  /// Whom a stuck waiter waits for.
  func blockers(of id: WaiterID, among stuck: Set<WaiterID>) -> [WaiterID] {
    guard let waiter = waiters[id] else { return [] }
    return Set(waiter.cases.flatMap { $0.blockers(among: stuck) }).sorted()
  }
}

extension WaitCase {
  /// Whether this could be hopeless at all.
  fileprivate var hasKnownEnders: Bool {
    if predecessor != nil { return true }
    return switch enders {
    case .anybody, .time: false
    case .holders, .oneOf, .permits: true
    }
  }

  /// Whether nobody but members of `stuck` could end the wait.
  fileprivate func isHopeless(among stuck: Set<WaiterID>, hopingForAnybody: Bool) -> Bool {
    if let predecessor, stuck.contains(predecessor) { return true }
    switch enders {
    case .anybody: return !hopingForAnybody
    case .time: return false
    case .holders(let holders): return holders.contains(where: stuck.contains) || !hopingForAnybody
    case .oneOf(let enders): return enders.allSatisfy(stuck.contains)
    case .permits(let needed, let size, let held):
      let kept = held.reduce(0) { stuck.contains($1.holder) ? $0 + $1.amount : $0 }
      return needed > size - kept || !hopingForAnybody
    }
  }

  /// The members of `stuck` that make the wait hopeless.
  fileprivate func blockers(among stuck: Set<WaiterID>) -> [WaiterID] {
    let direct =
      switch enders {
      case .anybody, .time: [WaiterID]()
      case .holders(let holders): holders
      case .oneOf(let enders): enders
      case .permits(_, _, let held): held.map(\.holder)
      }
    let found = direct.filter(stuck.contains)
    if found.isEmpty, let predecessor, stuck.contains(predecessor) { return [predecessor] }
    return found
  }
}
