import EstoqueDatabase
import EstoqueImports
import EstoqueIntake
import EstoqueReports
import EstoqueStock
import Revoada

/// Makes events for browsers of what changes in the database, whichever instance changes it: reads what has changed, and tells it.
///
/// The first change is told at once; what follows within ``pause`` is told together, each thing once and as it is then. While nobody listens, nothing
/// is read.
final class LiveFeed: Sendable {
  private static let pause = Duration.milliseconds(200)
  /// So many are read at once, and sent before the next ones are read: fewer than a listener can buffer.
  private static let portion = 100

  private let live: LiveEvents
  private let gathered = Gathered()
  private let observation: ChangeObservation

  /// What nobody has been told yet.
  private final class Gathered: Sendable {
    let changes = Guarded(Changes())
    let signal = Channel<Void>(capacity: 1, overflow: .dropNewest)

    func add(_ more: Changes) {
      changes.withLock { $0.formUnion(more) }
      _ = signal.trySend(())
    }
    func take() -> Changes {
      changes.withLock { changes in
        defer { changes = Changes() }
        return changes
      }
    }
  }

  init(_ database: Database, _ live: LiveEvents) {
    self.live = live
    observation = database.observeChanges { [gathered] in gathered.add($0) }
  }

  /// Tells browsers until the task is cancelled or ``close()`` is called.
  func run(for services: Services) async throws {
    for try await _ in gathered.signal {
      let changes = gathered.take()
      if changes.isEmpty || live.skip() { continue }
      do { try await tell(changes, services) } catch {
        try Task.checkCancellation()
        services.logger.warning(
          "what has changed cannot be read: browsers are to read it themselves",
          metadata: ["because": "\(error)"])
        try await sleep(for: .seconds(1))
        gathered.add(.unknown)
      }
      try await sleep(for: Self.pause)
    }
  }

  func close() { gathered.signal.close() }

  private func tell(_ changes: Changes, _ services: Services) async throws {
    if changes.isUnknown { return live.publish("reset", .object([])) }
    if !changes.topics.isEmpty { live.publish("stock", ["changed": true]) }
    let rows = Dictionary(grouping: changes.rows, by: \.table).mapValues { $0.map(\.id).sorted() }
    let background = services.background
    if let ids = rows[IntakeDocument.table], let intake = background.intake {
      try await tell("nfe", ids, intake.documents, RouteTable.invoice)
    }
    if let ids = rows[ImportJob.table], let imports = background.imports {
      let people = try await services.people()
      try await tell("import", ids, imports.jobs) { RouteTable.importJob($0, people) }
    }
    if let ids = rows[ExportJob.table], let exports = background.exports {
      let people = try await services.people()
      try await tell("export", ids, exports.jobs) { RouteTable.exportJob($0, people) }
    }
  }

  private func tell<Table, Item>(
    _ name: String, _ ids: [Int64], _ read: ([Identifier<Table>]) async throws -> [Item],
    _ encode: (Item) -> JSON
  ) async throws {
    var rest = ids[...]
    while !rest.isEmpty {
      let portion = rest.prefix(Self.portion)
      rest = rest.dropFirst(Self.portion)
      for item in try await read(portion.map(Identifier.init(rawValue:))) { live.publish(name, encode(item)) }
    }
  }
}
