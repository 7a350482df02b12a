import LuaShim
import Revoada
import Synchronization

/// `deadlock_detector{check_interval, timeout, name}`: looks, at intervals, for goroutines that nobody can wake any more.
///
/// Its own timer is no activity: while the detector runs, a run in which everybody waits for ever still ends.
final class LuaDeadlockDetector: SwiftObject, @unchecked Sendable {
  private let interval: UInt64
  private let timeout: UInt64
  private let handlers = Mutex<[LuaFunction]>([])
  private unowned let home: Isolate

  // Touched in the turns of `home`, or while its pump is held parked.
  private var tracker = StallTracker(timeout: .zero)
  private var firstSeen: [Wait.ID: UInt64] = [:]
  private var reach = Reach()
  private var stalled: Set<Wait.ID> = []
  private var isLooking = false
  private var isReporting = false
  private var nextLook: UInt64 = 0

  /// Which waits others can end, by what they can reach, as far as that was found out. It is expensive to ask.
  private struct Reach {
    var known: [Wait.ID: Bool] = [:]
    /// When what is reachable may have changed.
    var ends: UInt64 = 0
  }

  init(_ call: LuaCall) throws {
    let options = try LuaOptions(call, 1, known: ["check_interval", "timeout", "name"])
    interval = UInt64(try options.duration("check_interval")?.nanoseconds ?? 1_000_000_000)
    timeout = UInt64(try options.duration("timeout", mayBeZero: true)?.nanoseconds ?? 5_000_000_000)
    home = call.isolate
    super.init(name: try options.text("name"))
  }

  static let kind = ObjectKind(
    28, "deadlock_detector",
    swift: [
      .immediate("start") { (self: LuaDeadlockDetector, _) in
        self.atHome { $0.start() }
        return []
      },
      .immediate("stop") { (self: LuaDeadlockDetector, _) in
        self.atHome { $0.stop() }
        return []
      },
      .immediate("on_deadlock") { (self: LuaDeadlockDetector, call) in
        let handler = try call.function(1)
        self.handlers.withLock { $0.append(handler) }
        return []
      },
    ])
  override var kind: ObjectKind { Self.kind }

  private func atHome(_ action: @escaping @Sendable (LuaDeadlockDetector) -> Void) {
    if rv_is_turning(home.state) != 0 { action(self) } else { home.post { [self] _ in action(self) } }
  }

  // MARK: Looking

  private func start() {
    guard !home.detectors.contains(where: { $0 === self }) else { return }
    home.detectors.append(self)
    tracker = StallTracker(timeout: .zero)
    firstSeen = [:]
    reach = Reach()
    nextLook = home.now &+ interval
  }

  private func stop() { home.detectors.removeAll { $0 === self } }

  /// When it wants to look again; nil while it does.
  var due: UInt64? { isLooking ? nil : nextLook }

  /// Looks if it is time.
  func look() {
    guard !isLooking, home.now >= nextLook else { return }
    isLooking = true
    home.core.sampleWaits { [weak self] waits in self?.atHome { $0.judge(waits) } }
  }

  private func judge(_ waits: [Wait]) {
    isLooking = false
    let now = home.now
    nextLook = now &+ interval
    firstSeen = Dictionary(waits.map { ($0.id, firstSeen[$0.id] ?? now) }) { $1 }
    // What nobody hears of stays news.
    if handlers.withLock({ $0.isEmpty }) { return }
    let old = Set(firstSeen.compactMap { now - $1 >= timeout ? $0 : nil })
    report(tracker.observe(graph(waits, old), at: .zero))
  }

  /// - Parameter old: the waits that have lasted long enough.
  private func graph(_ waits: [Wait], _ old: Set<Wait.ID>) -> WaitGraph {
    // Who else has a channel or object of another isolate cannot be told from here.
    var hopeless = Set(waits.filter { $0.isLocal && $0.goroutine.belongs(to: home) }.map(\.id))
      .intersection(old)
    let isKnown = home.now < reach.ends && hopeless.allSatisfy { reach.known[$0] != nil }
    if isKnown { hopeless = hopeless.filter { reach.known[$0] == false } }
    let candidates = hopeless
    while true {
      let graph = WaitGraph(
        waits.snapshots(isCandidate: { old.contains($0.id) }, isHopeless: { hopeless.contains($0.id) }))
      let stuck = isKnown || hopeless.isEmpty ? [] : graph.stuck()
      let suspects = waits.filter { stuck.contains($0.waiter) && $0.goroutine.belongs(to: home) }
      let reached = suspects.isEmpty ? [] : home.reachable(Set(suspects.map(\.goroutine)))
      let before = hopeless.count
      hopeless.subtract(suspects.filter { reached.contains($0.goroutine) }.map(\.id))
      if hopeless.count < before { continue }
      if !isKnown {
        reach.known = Dictionary(uniqueKeysWithValues: candidates.map { ($0, !hopeless.contains($0)) })
        reach.ends = home.now &+ interval &* 16
      }
      return graph
    }
  }

  // MARK: Reporting

  /// Whether the script should hear of these waits before the run ends because of them.
  func isNews(_ waits: [Wait]) -> Bool {
    handlers.withLock { !$0.isEmpty } && !isReporting && !stalled.isSuperset(of: waits.map(\.id))
  }

  /// Tells of a run in which everybody waits for ever: of those who are to blame for it, if that can be told.
  func report(stall waits: [Wait]) {
    atHome { detector in
      detector.stalled = Set(waits.map(\.id))
      detector.reach = Reach()
      let graph = detector.graph(waits, detector.stalled)
      // Everything stands still: all looks would show the same.
      var reports = (0..<3).flatMap { _ in detector.tracker.observe(graph, at: .zero) }
      if reports.isEmpty {
        var everything = StallTracker(timeout: .zero, detectsGlobalStalls: true)
        reports = (0..<2).flatMap { _ in everything.observe(graph, at: .zero) }
      }
      detector.report(reports)
    }
  }

  private func report(_ reports: [DeadlockReport]) {
    let handlers = handlers.withLock { $0 }
    if reports.isEmpty || handlers.isEmpty { return }
    isReporting = true
    home.executor.start {
      _ = spawn(name: "on_deadlock") { [self] in
        for report in reports {
          for handler in handlers { await call(handler, report.luaTable) }
        }
        atHome { $0.isReporting = false }
      }
    }
  }

  private func call(_ handler: LuaFunction, _ information: LuaValue) async {
    do {
      _ = try await LuaBody(function: handler, name: "on_deadlock of \(label)")([information])
    } catch let error as LuaError {
      home.core.configuration.report(UnhandledError(error: error, spawnSite: label))
    } catch {}  // the function returned `nil, message`, or the run has ended
  }
}

extension DeadlockReport {
  fileprivate var luaTable: LuaValue {
    func list(_ texts: [String]) -> LuaValue { .table(LuaTable(array: texts.map { .string($0) })) }
    return .table(
      LuaTable([
        "stuck_count": .count(stuckCount), "cycle": list(cycle), "stuck": list(stuck.map(\.description)),
        "blocked_channels": .string(blockedChannels.joined(separator: ", ")),
      ]))
  }
}

extension Isolate {
  /// Those of `goroutines` that wait for channels or objects which can be reached from elsewhere.
  ///
  /// Turn only.
  func reachable(_ goroutines: Set<GoroutineID>) -> Set<GoroutineID> {
    let mine = goroutines.filter { $0.belongs(to: self) }
    let numbers = mine.map(\.number)
    var reachable = [UInt8](repeating: 0, count: numbers.count)
    if rv_find_reachable(state, numbers, Int32(numbers.count), &reachable) == 0 { return mine }
    return Set(zip(mine, reachable).compactMap { $1 == 0 ? nil : $0 })
  }
}
