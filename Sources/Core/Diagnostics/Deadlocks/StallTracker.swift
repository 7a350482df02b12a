/// Finds what does not change over several looks at a graph: the part of a ``DeadlockDetector`` that has no clock and no threads.
///
/// Waiters are looked at one after the other, so what one look shows may never have been true at once. A member of a
/// report was therefore seen three times in the same wait, with the same members to blame. At the second look all of them
/// waited (they did before it and after it), so what it showed was true.
public struct StallTracker: Sendable {
  private static let looks = 3

  private struct Sighting {
    let wait: UInt64
    let blockers: [WaiterID]
    let since: Duration
    var looks = 1
  }
  private struct Wait: Hashable {
    let waiter: WaiterID
    let wait: UInt64
  }

  private let timeout: Duration
  private let detectsGlobalStalls: Bool
  private var sightings: [WaiterID: Sighting] = [:]
  private var reported: Set<Wait> = []
  private var lastStall: [WaiterID: UInt64] = [:]

  /// - Parameters:
  ///   - timeout: how long waiters are stuck before they are reported.
  ///   - detectsGlobalStalls: nothing outside of the graph ends a wait, so that it is a deadlock if all wait; reported as soon as
  ///     two looks show the same.
  public init(timeout: Duration, detectsGlobalStalls: Bool = false) {
    self.timeout = timeout
    self.detectsGlobalStalls = detectsGlobalStalls
  }

  /// Takes a look, and tells what it proves that has not been told before.
  ///
  /// - Parameters:
  ///   - graph: what is seen.
  ///   - time: when it was taken, by any clock.
  public mutating func observe(_ graph: WaitGraph, at time: Duration) -> [DeadlockReport] {
    reported = reported.filter { graph.waiters[$0.waiter]?.wait == $0.wait }
    if let stall = observeStall(graph) { return [stall] }
    let stuck = graph.stuck()
    note(graph, stuck, time)
    return graph.cores(of: stuck).compactMap { core in
      let isProven = core.members.allSatisfy {
        guard let sighting = sightings[$0] else { return false }
        return sighting.looks >= Self.looks && time - sighting.since >= timeout
      }
      return isProven && markReported(core.members, graph)
        ? DeadlockReport(of: core, in: graph, among: stuck) : nil
    }
  }

  /// Takes a look at a moment at which nothing runs and nothing is due: one is enough to prove that all wait for ever.
  public mutating func observeStandstill(_ graph: WaitGraph) -> [DeadlockReport] {
    guard detectsGlobalStalls, isStalled(graph) else { return [] }
    return markReported(graph.waiters.keys.sorted(), graph) ? [DeadlockReport(stalled: graph)] : []
  }

  private func isStalled(_ graph: WaitGraph) -> Bool {
    !graph.waiters.isEmpty && graph.stuck(isClosed: true).count == graph.waiters.count
  }

  private mutating func note(_ graph: WaitGraph, _ stuck: Set<WaiterID>, _ time: Duration) {
    var now: [WaiterID: Sighting] = [:]
    for id in stuck {
      guard let wait = graph.waiters[id]?.wait else { continue }
      let blockers = graph.blockers(of: id, among: stuck)
      if var before = sightings[id], before.wait == wait, before.blockers == blockers {
        before.looks += 1
        now[id] = before
      } else {
        now[id] = Sighting(wait: wait, blockers: blockers, since: time)
      }
    }
    sightings = now
  }

  /// False if all of them have been reported, in this wait.
  private mutating func markReported(_ members: [WaiterID], _ graph: WaitGraph) -> Bool {
    let waits = members.compactMap { id in graph.waiters[id].map { Wait(waiter: id, wait: $0.wait) } }
    let isNews = !reported.isSuperset(of: waits)
    reported.formUnion(waits)
    return isNews
  }

  private mutating func observeStall(_ graph: WaitGraph) -> DeadlockReport? {
    guard detectsGlobalStalls else { return nil }
    guard isStalled(graph) else {
      lastStall = [:]
      return nil
    }
    let waits = graph.waiters.mapValues(\.wait)
    defer { lastStall = waits }
    // Once for each set of waits, at the second look.
    guard lastStall == waits else { return nil }
    return markReported(graph.waiters.keys.sorted(), graph) ? DeadlockReport(stalled: graph) : nil
  }
}
