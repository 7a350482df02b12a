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
  private var firstSeen: [Wait.ID: UInt64] = [:]
  private var reported: Set<Wait.ID> = []
  private var isLooking = false
  private var isReporting = false
  private var nextLook: UInt64 = 0

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
    firstSeen = [:]
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
    let suspects = waits.filter { wait in
      // Who else has a channel of another isolate cannot be told from here.
      if case .channels = wait.ending, !wait.goroutine.belongs(to: home) { return false }
      return now - (firstSeen[wait.id] ?? now) >= timeout
    }
    guard !suspects.isEmpty else { return }
    let graph = WaitGraph(waits)
    let stuck = graph.stuck(among: Set(suspects.map(\.goroutine)), reachable: home.reachable)
    report(stuck, because: waits.filter { stuck.contains($0.goroutine) }, graph)
  }

  // MARK: Reporting

  /// Whether the script should hear of these waits before the run ends because of them.
  func isNews(_ waits: [Wait]) -> Bool {
    handlers.withLock { !$0.isEmpty } && !isReporting && !reported.isSuperset(of: waits.map(\.id))
  }

  /// Tells of a run in which everybody waits for ever: of those who are to blame for it, if that can be told.
  func report(stall waits: [Wait]) {
    atHome { detector in
      let graph = WaitGraph(waits)
      let all = Set(waits.map(\.goroutine))
      let stuck = graph.stuck(among: all, reachable: detector.home.reachable)
      detector.report(stuck.isEmpty ? all : stuck, because: waits, graph)
    }
  }

  private func report(_ stuck: Set<GoroutineID>, because waits: [Wait], _ graph: WaitGraph) {
    guard !stuck.isEmpty, isNews(waits) else { return }
    reported = Set(waits.map(\.id))
    let cycle = graph.cycle(among: stuck)
    let all = LuaTable(array: graph.ordered(stuck).map { .string(graph.describe($0)) })
    let information = LuaValue.table(
      LuaTable([
        "stuck_count": .count(stuck.count),
        "blocked_channels": .string(graph.channels(of: stuck).joined(separator: ", ")),
        "cycle": .table(cycle.isEmpty ? all : LuaTable(array: cycle.map { .string(graph.describe($0)) })),
        "stuck": .table(all),
      ]))
    isReporting = true
    let handlers = handlers.withLock { $0 }
    home.executor.start {
      _ = spawn(name: "on_deadlock") { [self] in
        for handler in handlers { await call(handler, information) }
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

extension Isolate {
  /// Those of `goroutines` that wait for channels which can be reached from elsewhere.
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
