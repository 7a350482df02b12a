import EstoqueDatabase
import EstoqueStock
import Foundation
import Revoada
import RevoadaInstruments

/// Writes what is in the database to files, at once or as jobs in the background.
///
/// A job is a row in the database; observers of the database are told when it changes, and at each heartbeat (``ExportJob/table``). A worker claims it by a lease and makes the file under another name beside its place; only a complete file gets its name, and
/// then the job is done. A job that a crash or a shutdown has interrupted is made from its beginning, in this process or in another: the ledger
/// has grown meanwhile, and a file of two states would be wrong.
public final class Exports: Sendable {
  let database: Database
  let configuration: ExportsConfiguration
  let instruments = Instruments(kind: "export", name: nil)
  /// Who this process is to the others.
  private let identity = "\(UInt64.random(in: .min ... .max))"
  /// Tells ``run()`` that there is something to do.
  private let wake = Channel<Void>(capacity: 1, overflow: .dropNewest)
  private let running = Guarded((scope: Scope?.none, isStopping: false))

  /// Creates the service; nothing happens before it is used. The database has the tables of ``ReportSchema`` and of the stock.
  /// - Throws: `InvalidSetting`.
  public init(_ database: Database, _ configuration: ExportsConfiguration) throws(InvalidSetting) {
    try configuration.validate()
    (self.database, self.configuration) = (database, configuration)
  }

  var days: LocalDays { LocalDays(configuration.zone) }

  // MARK: At once

  /// A table as delimited text, to be sent while it is read.
  /// - Throws: ``ExportFault/unsupported(_:_:)`` for labels.
  public func stream(_ request: ExportRequest) throws(ExportFault) -> DelimitedStream {
    if request.format != .csv { throw .unsupported(request.kind, request.format) }
    try request.validate()
    return DelimitedStream(try ExportTable(request, days), request.style, days, database)
  }

  // MARK: Jobs

  /// Adds a job.
  /// - Throws: ``ExportFault/unsupported(_:_:)``; what the database throws.
  @discardableResult
  public func start(_ request: ExportRequest, user: User.ID? = nil) async throws -> ExportJob {
    try request.validate()
    let now = configuration.clock()
    // An INSERT returns its row.
    let job = try await database.transaction { try $0.addExportJob(request, user: user, at: now) }
      .unsafelyUnwrapped
    _ = wake.trySend(())
    return job
  }

  /// The latest jobs first.
  public func jobs(limit: Int = 50, before: ExportJob.ID? = nil, user: User.ID? = nil) async throws
    -> [ExportJob]
  {
    try await database.read { try $0.exportJobs(limit: limit, before: before, user: user) }
  }

  /// A job by its number.
  /// - Throws: ``ExportFault/unknownJob(_:)``.
  public func job(_ id: ExportJob.ID) async throws -> ExportJob {
    guard let job = try await database.read({ try $0.exportJob(id) }) else {
      throw ExportFault.unknownJob(id)
    }
    return job
  }

  /// The jobs with these numbers, as far as there are any.
  public func jobs(_ ids: [ExportJob.ID]) async throws -> [ExportJob] {
    try await database.read { session in try ids.compactMap { try session.exportJob($0) } }
  }

  /// Stops a job, wherever it runs, within a heartbeat.
  /// - Throws: ``ExportFault``.
  @discardableResult
  public func cancel(_ id: ExportJob.ID) async throws -> ExportJob {
    let now = configuration.clock()
    guard let job = try await database.transaction({ try $0.cancelExportJob(id, at: now) }) else {
      throw ExportFault.wrongState(id, try await job(id).state)
    }
    return job
  }

  /// Removes a job that has ended, and its file.
  /// - Throws: ``ExportFault``.
  public func delete(_ id: ExportJob.ID) async throws {
    guard let job = try await database.transaction({ try $0.removeExportJob(id) }) else {
      throw ExportFault.wrongState(id, try await job(id).state)
    }
    let path = path(job)
    try await offload { try? FileManager.default.removeItem(atPath: path) }
  }

  /// The file of a job that is done.
  /// - Throws: ``ExportFault``.
  public func file(_ id: ExportJob.ID) async throws -> ExportFile {
    let job = try await job(id)
    if job.state != .done { throw ExportFault.wrongState(id, job.state) }
    let path = path(job)
    // Another instance may have made it in a folder that this one does not have.
    let size = try await offload { try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int }
    guard let size else { throw ExportFault.fileGone(id) }
    return ExportFile(path: path, name: job.file, contentType: job.request.format.contentType, bytes: size)
  }

  // MARK: In the background

  /// Works on jobs, those of other processes that have gone too, until the task is cancelled or ``shutdown()`` is called. Jobs that it works on then are given
  /// back, to be made anew by the next one.
  public func run() async throws {
    do {
      let folder = configuration.folder
      try await offload {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      }
      try await withScope { scope in
        let isStopping = running.withLock { running in
          running.scope = scope
          return running.isStopping
        }
        if isStopping { return }
        for _ in 0..<configuration.concurrency { scope.spawn(name: "exports") { try await self.workLoop() } }
        scope.spawn(name: "export clean-up") { try await self.cleanLoop() }
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
      let worker = "\(identity)-\(UInt64.random(in: .min ... .max))"
      var claimed: ExportJob?
      do {
        let (now, lease) = (configuration.clock(), configuration.lease.microseconds)
        let job = try await database.transaction {
          try $0.claimExportJob(by: worker, now: now, leaseUntil: now + lease)
        }
        claimed = job
        guard let job else {
          _ = try? await wake.receive(timeout: configuration.poll)
          continue
        }
        try await configuration.checkpoint(.claimed)
        try await work(on: job, worker)
      } catch let error where !(error is CancellationError || error is ExportCrash) {
        instruments.logger.error("an export was interrupted: \(error)")
        if let claimed { try await giveBack(claimed, worker) }
        try await sleep(for: configuration.poll)
      }
    }
  }

  /// Gives a job back whose work was interrupted, as soon as the database is there: else nobody would go on before its lease ends.
  private func giveBack(_ job: ExportJob, _ worker: String) async throws {
    while true {
      do {
        _ = try await database.transaction { try $0.releaseExportJob(job.id, by: worker) }
        return
      } catch  where isOutage(error) { try await sleep(for: configuration.poll) } catch {
        return instruments.logger.error("an export is left until its lease ends: \(error)")
      }
    }
  }

  /// Removes what is too old, and files that belong to nothing: those of workers that were killed.
  private func cleanLoop() async throws {
    while true {
      do { try await clean() } catch let error where !(error is CancellationError) {
        instruments.logger.error("old exports could not be removed: \(error)")
      }
      try await sleep(for: .seconds(3600))
    }
  }

  func clean() async throws {
    if let keep = configuration.keep {
      let before = configuration.clock() - keep.microseconds
      for id in try await database.read({ try $0.exportJobs(endedBefore: before) }) {
        do { try await delete(id) } catch is ExportFault {}  // somebody else was quicker
      }
    }
    let folder = configuration.folder
    let oldest = Date(timeIntervalSinceNow: -max(3600, configuration.lease / .seconds(1)))
    try await offload {
      for name in try FileManager.default.contentsOfDirectory(atPath: folder)
      where name.hasPrefix("export-") && name.hasSuffix(".part") {
        let path = folder + "/" + name
        let changed = try? FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date
        if let changed, changed < oldest { try? FileManager.default.removeItem(atPath: path) }
      }
    }
  }

  func path(_ job: ExportJob) -> String { "\(configuration.folder)/\(job.stored)" }
}

/// Whether the database is away, too busy or full, rather than something wrong with what was asked of it.
func isOutage(_ error: any Error) -> Bool {
  if let error = error as? DatabaseError { return error.isOutage || error.isTransient }
  return error is CircuitOpen || error is ObjectPoolError
}
