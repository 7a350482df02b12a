/// Goroutines that cannot go on any more.
public struct DeadlockReport: Sendable, CustomStringConvertible {
  /// Why they cannot.
  public enum Kind: Sendable, Equatable {
    /// They wait for each other.
    case cycle
    /// One of them waits for goroutines that have all ended.
    case abandoned
    /// All goroutines wait, and nothing else wakes any.
    case globalStall
  }

  /// Why they cannot.
  public let kind: Kind
  /// Everybody who cannot go on: the members of the cycle, and who waits for one of them.
  public let stuck: [WaitSnapshot]
  /// The channels that they wait for, by their names.
  public let blockedChannels: [String]
  /// The cycle, a line for each member: who it is, where it was spawned, what it waits for and who has that.
  ///
  /// Of an abandoned wait or a global stall without a cycle: who waits, and for what.
  public let cycle: [String]

  /// How many cannot go on.
  public var stuckCount: Int { stuck.count }

  /// For people, in several lines.
  public var description: String {
    let what =
      switch kind {
      case .cycle: "deadlock: \(stuckCount) goroutines wait for ever, in a cycle"
      case .abandoned: "deadlock: \(stuckCount) goroutines wait for goroutines that have ended"
      case .globalStall: "deadlock: every goroutine waits for ever"
      }
    let shown = cycle.prefix(100).map { "\n  " + $0 }.joined()
    return what + shown + (cycle.count > 100 ? "\n  and \(cycle.count - 100) more" : "")
  }
}

extension DeadlockReport {
  /// Of a part of a graph that waits for nobody else.
  init(of core: WaitGraph.Core, in graph: WaitGraph, among stuck: Set<WaiterID>) {
    let members = graph.cycle(in: core, among: stuck)
    let isCycle = members.count > 1 || graph.blockers(of: members[0], among: stuck) == members
    kind = isCycle ? .cycle : .abandoned
    self.stuck = core.dependents.compactMap { graph.waiters[$0] }
    blockedChannels = Self.channels(of: self.stuck)
    cycle = members.indices.compactMap { index in
      guard let member = graph.waiters[members[index]] else { return nil }
      if !isCycle { return "\(member)" }
      let next = members[(index + 1) % members.count]
      return "\(member), which depends on \(graph.waiters[next]?.label ?? "itself")"
    }
  }

  /// Of a graph in which everybody waits.
  init(stalled graph: WaitGraph) {
    kind = .globalStall
    stuck = graph.waits
    blockedChannels = Self.channels(of: stuck)
    cycle = stuck.map(\.description)
  }

  private static func channels(of stuck: [WaitSnapshot]) -> [String] {
    Set(stuck.flatMap(\.cases).map(\.object).filter(\.isChannel).map(\.label)).sorted()
  }
}
