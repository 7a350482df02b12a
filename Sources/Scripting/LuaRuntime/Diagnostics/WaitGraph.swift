/// Who waits for whom.
struct WaitGraph {
  private let waits: [GoroutineID: Wait]
  private let blockers: [GoroutineID: Blockers]

  init(_ waits: [Wait]) {
    self.waits = Dictionary(waits.map { ($0.goroutine, $0) }) { $1 }
    blockers = self.waits.compactMapValues { wait in
      switch wait.ending {
      case .goroutine(let awaited): .all([awaited])
      case .object(let object): object.blockers
      default: nil
      }
    }
  }

  /// Those of `suspects` whose waits nobody but themselves can end.
  ///
  /// What is not known to be hopeless is not. `reachable` tells which of the given goroutines wait for channels that others than
  /// these have.
  func stuck(
    among suspects: Set<GoroutineID>, reachable: (Set<GoroutineID>) -> Set<GoroutineID>
  ) -> Set<GoroutineID> {
    var stuck = suspects
    while true {
      let hopeful = stuck.filter { hasHope($0, besides: stuck) }
      if !hopeful.isEmpty {
        stuck.subtract(hopeful)
        continue
      }
      // Last: this is the expensive question.
      let reached = stuck.isEmpty ? [] : reachable(stuck)
      if reached.isEmpty { return stuck }
      stuck.subtract(reached)
    }
  }

  private func hasHope(_ goroutine: GoroutineID, besides stuck: Set<GoroutineID>) -> Bool {
    switch waits[goroutine]?.ending {
    case .channels, .nothing: false
    case .object, .goroutine:
      switch blockers[goroutine] {
      case .all(let holders): !holders.contains { stuck.contains($0) }
      case .any(let holders): holders.isEmpty || !holders.allSatisfy { stuck.contains($0) }
      case nil: true
      }
    default: true
    }
  }

  /// A circle of goroutines, each of which waits for the next; empty when there is none among `goroutines`.
  func cycle(among goroutines: Set<GoroutineID>) -> [GoroutineID] {
    var seen: Set<GoroutineID> = []
    for start in ordered(goroutines) where !seen.contains(start) {
      var path: [GoroutineID] = []
      var current: GoroutineID? = start
      while let goroutine = current {
        if let first = path.firstIndex(of: goroutine) { return Array(path[first...]) }
        if !seen.insert(goroutine).inserted { break }
        path.append(goroutine)
        current = blockers[goroutine]?.holders.first { goroutines.contains($0) }
      }
    }
    return []
  }

  /// In the order in which they were spawned.
  func ordered(_ goroutines: Set<GoroutineID>) -> [GoroutineID] {
    goroutines.sorted { (waits[$0]?.serial ?? 0) < (waits[$1]?.serial ?? 0) }
  }

  /// A sentence about one goroutine.
  func describe(_ goroutine: GoroutineID) -> String {
    guard let wait = waits[goroutine] else { return "" }
    var text = wait.sentence
    let holders = (blockers[goroutine]?.holders ?? []).compactMap { waits[$0]?.name }
    if case .object = wait.ending, !holders.isEmpty { text += ", held by \(holders.joined(separator: ", "))" }
    return text
  }

  /// The channels that the goroutines wait for, each once.
  func channels(of goroutines: Set<GoroutineID>) -> [String] {
    var seen: Set<String> = []
    return ordered(goroutines).flatMap { waits[$0]?.channels ?? [] }.filter { seen.insert($0).inserted }
  }
}
