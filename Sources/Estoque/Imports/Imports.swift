import EstoqueDatabase
import EstoqueStock
import EstoqueTables
import RevoadaChannels
import RevoadaScheduling

/// Imports tables into products, movements and what dealers have, as jobs in the background or at once.
///
/// A job's file and progress are in the database: each chunk of lines is committed together with the position behind it. So a job that a crash, a
/// shutdown or a cancellation has interrupted goes on where it was, in this process or another one, with nothing lost and nothing doubled. Observers of
/// the database are told of jobs as they change (``ImportJob/table``).
///
/// The same file is imported once, unless it is forced: as long as a job of the same kind has imported a line of it, another one is refused.
public final class Imports: Sendable {
  let database: Database
  let configuration: ImportsConfiguration
  let instruments = ImportInstruments()
  /// Who this process is to the others.
  private let identity = "\(UInt64.random(in: .min ... .max))"
  /// Tells ``run()`` that there is something to do.
  private let wake = Channel<Void>(capacity: 1, overflow: .dropNewest)
  private let running = Guarded((scope: Scope?.none, isStopping: false))
  /// What jobs of this process wait for; the database, which may be full, need not know.
  private let troubles = Guarded<[ImportJob.ID: String]>([:])
  private let pruning: Pruning

  /// Creates the service; nothing happens before it is used. The database has the tables of ``ImportSchema`` and of the stock.
  /// - Throws: `InvalidSetting`.
  public init(_ database: Database, _ configuration: ImportsConfiguration = ImportsConfiguration())
    throws(InvalidSetting)
  {
    try configuration.validate()
    (self.database, self.configuration) = (database, configuration)
    pruning = Pruning(keep: configuration.keep, clock: configuration.clock)
  }

  // MARK: Before an import

  /// Looks at the beginning of a file.
  /// - Throws: ``ImportFault``.
  public func preview(path: String, format: TableFormat? = nil, rows: Int = 20) async throws -> TablePreview {
    try await offload {
      do { return try TablePreview.read(path: path, format: format, count: rows) } catch {
        throw ImportFault.unreadable(reason: "\(error)")
      }
    }
  }

  /// What somebody says about the columns, on top of what their titles say.
  ///
  /// - Parameters:
  ///   - choices: a column's title, or its number from 1, and what it means: a raw value of `Column`, or nothing for a column without a meaning.
  ///   - preview: the file's.
  /// - Throws: ``ImportFault``: for a column or a meaning that there is not, too, and for two choices about one column or one meaning.
  public static func mapping(
    _ choices: [(column: String, meaning: String)], for preview: TablePreview
  ) throws(ImportFault) -> ColumnMapping {
    var mapping = preview.mapping
    var chosen: [Column: Int] = [:]
    for choice in choices {
      guard
        let position = ColumnMapping.position(of: choice.column, in: preview.header, width: preview.width)
      else { throw .unknownColumn(choice.column) }
      mapping.positions = mapping.positions.filter { $0.value != position }
      if choice.meaning.isEmpty { continue }
      guard let meaning = Column(rawValue: choice.meaning) else { throw .unknownMeaning(choice.meaning) }
      if let other = chosen.updateValue(position, forKey: meaning), other != position {
        throw .repeatedMeaning(meaning)
      }
    }
    mapping.positions.merge(chosen) { $1 }
    try check(mapping, of: preview)
    return mapping
  }

  /// - Throws: that two meanings share a column.
  static func check(_ mapping: ColumnMapping, of preview: TablePreview) throws(ImportFault) {
    guard let (position, meanings) = mapping.shared else { return }
    let title = preview.header.indices.contains(position) ? preview.header[position] : ""
    throw .sharedColumn(title.isEmpty ? "\(position + 1)" : title, meanings)
  }

  // MARK: Jobs

  /// Adds a job for a file, whose content is stored with it: the file may be removed afterwards.
  ///
  /// - Parameters:
  ///   - kind: what the lines are.
  ///   - options: how they are read.
  ///   - path: the file.
  ///   - name: the file's name, for people.
  ///   - user: who starts it.
  /// - Throws: ``ImportFault``; what the database throws. Then there is no job.
  @discardableResult
  public func start(
    _ kind: ImportKind, options: ImportOptions = ImportOptions(), path: String, name: String,
    user: User.ID? = nil
  ) async throws -> ImportJob {
    let draft = try await draft(kind, options, path: path, name: name, user: user)
    let job = try await add(draft) { session, draft in
      if let fingerprint = draft.fingerprint, let known = try session.importJob(fingerprint: fingerprint) {
        throw ImportFault.duplicate(known.id, known.state)
      }
      let id = try session.addImportJob(draft)
      try session.storeImportContent(id, path: path)
      return id
    }
    _ = wake.trySend(())
    return job
  }

  /// The latest jobs first.
  public func jobs(limit: Int = 50, before: ImportJob.ID? = nil, state: ImportState? = nil) async throws
    -> [ImportJob]
  {
    try await database.read { try $0.importJobs(limit: limit, before: before, state: state) }.map(shown)
  }

  /// A job by its number.
  /// - Throws: ``ImportFault/unknownJob(_:)``.
  public func job(_ id: ImportJob.ID) async throws -> ImportJob {
    guard let job = try await database.read({ try $0.importJob(id) }) else {
      throw ImportFault.unknownJob(id)
    }
    return shown(job)
  }

  /// The jobs with these numbers, as far as there are any.
  public func jobs(_ ids: [ImportJob.ID]) async throws -> [ImportJob] {
    try await database.read { session in try ids.compactMap { try session.importJob($0) } }.map(shown)
  }

  /// Stops a job, wherever it runs, before its next chunk. What is committed stays.
  /// - Throws: ``ImportFault``.
  @discardableResult
  public func cancel(_ id: ImportJob.ID) async throws -> ImportJob {
    let now = configuration.clock()
    return try await change(id) {
      try $0.changeImportJob(id, from: [.waiting, .running], to: .cancelled, endedAt: now)
    }
  }

  /// Goes on with a job that was cancelled or has failed, behind what is committed.
  /// - Throws: ``ImportFault``.
  @discardableResult
  public func resume(_ id: ImportJob.ID) async throws -> ImportJob {
    let job = try await change(id) { session in
      if try session.importJob(id)?.isDirect ?? false { throw ImportFault.belongsToCommand(id) }
      return try session.changeImportJob(id, from: [.cancelled, .failed], to: .waiting, endedAt: nil)
    }
    _ = wake.trySend(())
    return job
  }

  private func change(
    _ id: ImportJob.ID, _ body: @escaping @Sendable (Session) throws -> Bool
  ) async throws -> ImportJob {
    try await database.transaction { session in
      let isChanged = try body(session)
      guard let job = try session.importJob(id) else { throw ImportFault.unknownJob(id) }
      if !isChanged { throw ImportFault.wrongState(id, job.state) }
      return job
    }
  }

  /// Promotes what dealers said about products that did not exist then, and do now.
  /// - Returns: how many lines.
  @discardableResult
  public func promoteStaged() async throws -> Int {
    let now = configuration.clock()
    return try await database.transaction(isolation: .serializable) { try $0.promoteStaged(at: now) }
  }

  // MARK: At once

  /// Imports a file in the calling task, for commands. A file that an earlier call has begun is gone on with, whoever else still works on it: that one
  /// stops before its next chunk. Its options are then those of the earlier call.
  ///
  /// Cancelling the task stops after the present chunk; the next call goes on.
  ///
  /// - Parameter progress: told now and then, and at the end.
  /// - Throws: ``ImportFault``; what the database throws; `CancellationError`.
  public func importFile(
    _ kind: ImportKind, options: ImportOptions = ImportOptions(), path: String, user: User.ID? = nil,
    progress: @escaping @Sendable (ImportJob) -> Void = { _ in }
  ) async throws -> ImportSummary {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    var draft = try await draft(kind, options, path: path, name: name, user: user)
    let owner = "\(identity)-\(UInt64.random(in: .min ... .max))"
    (draft.path, draft.owner) = (path, owner)
    draft.leaseUntil = draft.createdAt + configuration.lease.microseconds
    let added = try await add(draft) { session, draft in
      if let fingerprint = draft.fingerprint, let known = try session.importJob(fingerprint: fingerprint) {
        guard known.isDirect, known.state != .done else { throw ImportFault.duplicate(known.id, known.state) }
        _ = try session.takeImportJob(
          known.id, owner: owner, now: draft.createdAt, leaseUntil: draft.leaseUntil)
        return known.id
      }
      return try session.addImportJob(draft)
    }
    try configuration.checkpoint(.claimed)
    let job = try await work(on: added, owner: owner, path: path, progress: progress)
    return ImportSummary(job: job, isResumed: added.position > 0)
  }

  // MARK: In the background

  /// Works on jobs, those of other processes that have gone too, until the task is cancelled or ``shutdown()`` is called. A job that it works on then is given back
  /// after its present chunk.
  public func run() async throws {
    do {
      try await withScope { scope in
        let isStopping = running.withLock { running in
          running.scope = scope
          return running.isStopping
        }
        if isStopping { return }
        for _ in 0..<configuration.concurrency { scope.spawn(name: "imports") { try await self.workLoop() } }
      }
    } catch is CancellationError {}
    running.withLock { $0 = (nil, false) }
  }

  /// Has ``run()`` return; at once if it is called later.
  public func shutdown() {
    let scope = running.withLock { running in
      running.isStopping = true
      return running.scope
    }
    scope?.cancel()
  }

  private func workLoop() async throws {
    while true {
      try Task.checkCancellation()
      let owner = "\(identity)-\(UInt64.random(in: .min ... .max))"
      var claimed: ImportJob?
      do {
        let now = configuration.clock()
        let job = try await database.transaction { [lease = configuration.lease.microseconds] in
          try $0.claimImportJob(owner: owner, now: now, leaseUntil: now + lease)
        }
        claimed = job
        if let job {
          try configuration.checkpoint(.claimed)
          _ = try await work(on: job, owner: owner, path: nil) { _ in }
        } else if try await !prune() {
          _ = try? await wake.receive(timeout: configuration.poll)
        }
      } catch ImportFault.takenOver {
        // Nothing of it is ours any more.
      } catch let error where !(error is CancellationError || error is ImportCrash) {
        instruments.logger.error("an import was interrupted: \(error)")
        if let claimed { try await giveBack(claimed, owner, Trouble.sentence(error)) }
        try await sleep(for: configuration.poll)
      }
    }
  }

  /// Gives a job back whose work was interrupted, as soon as the database is there: else nobody would go on before its lease ends.
  private func giveBack(_ job: ImportJob, _ owner: String, _ trouble: String) async throws {
    note(trouble, about: job.id)
    defer { note(nil, about: job.id) }
    while true {
      do {
        return try await database.transaction {
          try $0.releaseImportJob(job.id, owner: owner, message: trouble)
        }
      } catch  where isOutage(error) { try await sleep(for: configuration.poll) } catch {
        return instruments.logger.error("an import is left until its lease ends: \(error)")
      }
    }
  }

  /// Removes the lines of some jobs that have been kept for long enough, if it is time to.
  /// - Returns: whether it has removed any.
  func prune() async throws -> Bool {
    let now = configuration.clock()
    let count = try await pruning.step(in: database, limit: 10) { session, moment, limit in
      try session.pruneImportJobs(endedBefore: moment, limit: limit, at: now)
    }
    if count > 0 { instruments.logger.info("removed old imports", metadata: ["jobs": "\(count)"]) }
    return count > 0
  }

  /// Notes what a job waits for; nil when it goes on.
  @Sendable func note(_ trouble: String?, about id: ImportJob.ID) { troubles.withLock { $0[id] = trouble } }

  /// A job as people see it: with what it waits for.
  private func shown(_ job: ImportJob) -> ImportJob {
    var job = job
    if !job.state.isEnd, let trouble = troubles.withLock({ $0[job.id] }) { job.message = trouble }
    return job
  }
}
