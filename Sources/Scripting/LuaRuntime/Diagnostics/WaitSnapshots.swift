import LuaShim
import Revoada

extension [Wait] {
  /// The waits as the library's graph has them.
  ///
  /// - Parameters:
  ///   - isCandidate: false for waits that are not to be reported yet.
  ///   - isHopeless: of a wait for channels of one isolate, whether nobody else can reach them.
  func snapshots(
    isCandidate: (Wait) -> Bool = { _ in true }, isHopeless: (Wait) -> Bool = { _ in false }
  ) -> [WaitSnapshot] {
    let waiters = Dictionary(map { ($0.goroutine, $0.waiter) }) { $1 }
    let sleepers = Set(filter(\.endsByTime).map(\.waiter))
    return map { wait in
      let isTimed = !isCandidate(wait) || wait.endsByTime
      return WaitSnapshot(
        id: wait.waiter, name: wait.name, place: wait.placeAndSite,
        cases: wait.cases(waiters, sleepers, isHopeless: isHopeless(wait)), wait: UInt64(wait.id.number),
        isLimited: isTimed)
    }
  }
}

extension Wait {
  fileprivate var placeAndSite: String {
    [place.map { "at \($0)" }, site == "?" ? nil : "spawned at \(site)"].compactMap { $0 }.joined(
      separator: ", ")
  }

  fileprivate var endsByTime: Bool { if case .time = ending { true } else { false } }

  /// What it waits for, without the place.
  private var words: String { place.map { String(text.dropLast($0.utf8.count + 4)) } ?? text }

  /// Goroutines that do not wait are left out everywhere: they may go on.
  fileprivate func cases(
    _ waiters: [GoroutineID: WaiterID], _ sleepers: Set<WaiterID>, isHopeless: Bool
  ) -> [WaitCase] {
    func plain(_ enders: WaitEnders) -> [WaitCase] {
      [WaitCase(WaitObject(words, name: nil, identity: 0), endedBy: enders)]
    }
    switch ending {
    case .time: return plain(.time)
    case .nothing: return plain(.oneOf([]))
    case .goroutine(let awaited): return plain(waiters[awaited].map { .oneOf([$0]) } ?? .anybody)
    case .channels, .anybody:
      if channels.isEmpty { return plain(isHopeless ? .oneOf([]) : .anybody) }
      return channels.map { WaitCase(object($0), endedBy: isHopeless ? .oneOf([]) : .anybody) }
    case .object(let object):
      let blockers = object.blockers(of: goroutine)
      let held = (blockers?.holders ?? []).compactMap { waiters[$0.holder] }
      // Nobody can reach it but goroutines that wait in vain themselves: those of them that hold it are to blame, if any.
      var enders = isHopeless ? WaitEnders.oneOf(held.filter { !sleepers.contains($0) }) : .anybody
      if object.isReleasedByHolder, !held.isEmpty { enders = .holders(held) }
      let item = WaitObject("waits for \(object.kind.name)", name: object.name, identity: object.address)
      return [WaitCase(item, endedBy: enders, behind: blockers?.predecessor.flatMap { waiters[$0] })]
    }
  }

  /// A channel by its text: `channel "jobs"`, or `channel 0x7f00c0`.
  private func object(_ channel: String) -> WaitObject {
    let start = words.firstRange(of: "channel").map { String(words[..<$0.upperBound]) } ?? "waits for channel"
    let label = channel.dropFirst("channel ".count)
    if label.first == "\"" {
      return WaitObject(start, name: String(label.dropFirst().dropLast()), identity: 0, isChannel: true)
    }
    return WaitObject(start, name: nil, identity: UInt(label.dropFirst(2), radix: 16) ?? 0, isChannel: true)
  }
}

extension LuaRuntime: WaitSource {
  /// The goroutines of scripts that wait, for a graph that the library makes of the whole process.
  ///
  /// Of isolates that run just now there are none: theirs may go on.
  public func snapshots() -> [WaitSnapshot] {
    core.isolates.flatMap { isolate -> [Wait] in
      // With the inbox held and the pump parked, the isolate cannot start a turn: its state may be read.
      rv_lock_acquire(isolate.inbox.lock)
      defer { rv_lock_release(isolate.inbox.lock) }
      return isolate.inbox.parked == nil ? [] : isolate.waits()
    }.snapshots()
  }
}
