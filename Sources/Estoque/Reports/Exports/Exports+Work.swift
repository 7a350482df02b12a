import EstoqueDatabase
import EstoqueDomain
import EstoqueStock
import Foundation
import Revoada
import Synchronization

/// How far a worker is; written by one task, read by another.
final class ExportProgress: Sendable {
  let done = Atomic<Int>(0)
  let failed = Atomic<Int>(0)
  private let rest = Guarded((total: Int?.none, message: ""))

  var total: Int? {
    get { rest.withLock(\.total) }
    set { rest.withLock { $0.total = newValue } }
  }
  var message: String {
    get { rest.withLock(\.message) }
    set { rest.withLock { $0.message = newValue } }
  }
}

/// A worker is to stop: its job was cancelled, or is another worker's.
private struct ExportLost: Error {}

// From a job to its file.
extension Exports {
  /// Works on a job of ours to its end, or until it is not ours any more.
  func work(on job: ExportJob, _ worker: String) async throws {
    if job.attempts > configuration.attempts {
      return try await end(
        job, worker, .failed, ExportProgress(), nil,
        "o processo terminou \(configuration.attempts) vezes enquanto a exportação era feita")
    }
    let part = "\(path(job)).\(worker).part"
    let progress = ExportProgress()
    defer { try? FileManager.default.removeItem(atPath: part) }
    do {
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await self.write(job.request, to: part, progress) }
        group.addTask { try await self.keepAlive(job, worker, progress) }
        // Whichever ends first: the file, or the right to make it.
        try await group.next()
        group.cancelAll()
      }
      try await configuration.checkpoint(.written)
      let (path, size) = (path(job), try await fileSize(part))
      try await offload {
        guard rename(part, path) == 0 else { throw ExportFault(errno: errno) }
      }
      try await configuration.checkpoint(.renamed)
      try await end(job, worker, .done, progress, size, progress.message)
    } catch is ExportLost {
      // Whoever has taken or ended it has told of it.
    } catch let crash as ExportCrash { throw crash } catch is CancellationError {
      // In a goroutine of its own, which is not cancelled.
      let database = database
      _ = await spawn(name: "export release") {
        _ = try await database.transaction { try $0.releaseExportJob(job.id, by: worker) }
      }.ending
      throw CancellationError()
    } catch let error where !isOutage(error) {
      instruments.logger.error("export failed", metadata: ["job": "\(job.id)", "error": "\(error)"])
      try await end(
        job, worker, .failed, progress, nil, error is ExportFault ? "\(error)" : reportSentence(error))
    }
  }

  private func end(
    _ job: ExportJob, _ worker: String, _ state: ExportState, _ progress: ExportProgress, _ bytes: Int?,
    _ message: String
  ) async throws {
    let now = configuration.clock()
    let (done, failed) = (progress.done.load(ordering: .relaxed), progress.failed.load(ordering: .relaxed))
    let ended = try await database.transaction {
      try $0.endExportJob(
        job.id, by: worker, as: state, done: done, failed: failed, bytes: bytes, message: message, at: now)
    }
    try await configuration.checkpoint(.ended)
    guard ended != nil else {
      // Cancelled at the last moment: nobody is to have the file. Any other worker's stays.
      let current = try await database.read { try $0.exportJob(job.id) }
      if let state = current?.state, state == .done || !state.isEnd { return }
      let path = path(job)
      return try await offload { try? FileManager.default.removeItem(atPath: path) }
    }
    instruments.counter("jobs", [("kind", job.request.kind.rawValue), ("state", state.rawValue)])?.increment()
    instruments.counter("rows")?.increment(by: done)
  }

  /// Renews the lease until it is lost. Never returns.
  private func keepAlive(_ job: ExportJob, _ worker: String, _ progress: ExportProgress) async throws {
    var deadline = Timers.current.now + configuration.lease.nanoseconds
    while true {
      try await sleep(for: configuration.heartbeat)
      let until = configuration.clock() + configuration.lease.microseconds
      let (done, failed) = (progress.done.load(ordering: .relaxed), progress.failed.load(ordering: .relaxed))
      let total = progress.total
      do {
        let start = Timers.current.now
        let current = try await database.transaction {
          try $0.advanceExportJob(
            job.id, by: worker, total: total, done: done, failed: failed, leaseUntil: until)
        }
        if current == nil { throw ExportLost() }
        deadline = start + configuration.lease.nanoseconds
      } catch let error where !(error is ExportLost || error is CancellationError) {
        // The database may come back before the lease is over; after that somebody else may have the job.
        if Timers.current.now > deadline { throw error }
      }
    }
  }

  private func write(_ request: ExportRequest, to part: String, _ progress: ExportProgress) async throws {
    if request.kind == .labels { return try await writeLabels(request, to: part, progress) }
    let table = try ExportTable(request, days)
    progress.total = try await database.read {
      try $0.first(table.count, values: table.values) { row in try row[0] as Int }
    }
    try await configuration.checkpoint(.counted)
    let (days, rowsPerSheet) = (days, configuration.rowsPerSheet)
    let sink: any ExportSink = try await offload {
      if request.format == .csv { return try DelimitedFile(table, request.style, days, path: part) }
      return try SheetFile(table, days, path: part, rowsPerSheet: rowsPerSheet)
    }
    // Rows are written where they are decoded: on a thread that may block, one after the other.
    for try await _ in database.rows(table.sql, values: table.values, decode: { row in try sink.append(row) })
    {
      progress.done.add(1, ordering: .relaxed)
    }
    try await offload { try sink.finish() }
  }

  private func fileSize(_ path: String) async throws -> Int {
    try await offload { try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0 }
  }
}
