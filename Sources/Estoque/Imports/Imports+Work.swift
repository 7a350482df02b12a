import EstoqueDatabase
import EstoqueStock
import EstoqueTables
import Foundation
import RevoadaCaching
import RevoadaResilience
import RevoadaScheduling

/// For tests: the process ends here.
struct ImportCrash: Error {}

// From a file to a job, and through it.
extension Imports {
  /// Looks at a file and fills in everything that the options leave open.
  func draft(
    _ kind: ImportKind, _ options: ImportOptions, path: String, name: String, user: User.ID?
  ) async throws -> ImportDraft {
    let limit = configuration.maximumSize
    let content = try await offload { try FileDigest(path: path, limit: limit) }
    let preview = try await preview(path: path, format: options.format)
    if preview.width == 0 { throw ImportFault.empty }
    var options = options
    options.format = preview.format
    let mapping = options.mapping ?? preview.mapping
    options.mapping = mapping
    let missing = kind.requiredColumns.filter { mapping[$0] == nil }
    if !missing.isEmpty { throw ImportFault.missingColumns(missing) }
    for position in mapping.positions.values where position < 0 || position >= preview.width {
      throw ImportFault.unknownColumn("\(position + 1)")
    }
    try Self.check(mapping, of: preview)
    let hasHeader = options.hasHeader ?? !preview.header.isEmpty
    options.hasHeader = hasHeader
    options.decimals = options.decimals ?? preview.decimals(mapping)
    try Self.require(1...256, "workers", options.workers)
    try Self.require(1...100_000, "chunk", options.chunk)
    let isText = preview.dialect != nil && preview.encoding != "UTF-16"
    return ImportDraft(
      kind: kind, file: name, content: content, options: options,
      header: hasHeader ? preview.header.isEmpty ? preview.records.first ?? [] : preview.header : [],
      total: isText ? max(0, content.lines - (hasHeader ? 1 : 0)) : nil, createdAt: configuration.clock(),
      user: user)
  }

  private static func require(_ range: ClosedRange<Int>, _ name: String, _ value: Int) throws(ImportFault) {
    if range.contains(value) { return }
    throw .setting(name, value: "\(value)", requirement: "de \(range.lowerBound) a \(range.upperBound)")
  }

  /// Adds a job; of many that come with the same file at once, one is added.
  func add(
    _ draft: ImportDraft, _ body: @escaping @Sendable (Session, ImportDraft) throws -> ImportJob.ID
  ) async throws -> ImportJob {
    do {
      return try await database.transaction { session in
        let code = draft.options.location
        if try session.value("SELECT 1 FROM location WHERE code = ?1 AND active", code, as: Int.self) == nil {
          throw ImportFault.unknownLocation(code)
        }
        let id = try body(session, draft)
        return try session.importJob(id).unsafelyUnwrapped  // it has just been added or found
      }
    } catch let error as DatabaseError where error.violation?.name == "import_job_fingerprint_key" {
      let known = try await database.transaction { try $0.importJob(fingerprint: draft.fingerprint ?? "") }
      guard let known else { throw error }
      throw ImportFault.duplicate(known.id, known.state)
    }
  }

  /// Works on a job that is ours, to its end or as far as it goes.
  /// - Returns: the job as it is then.
  /// - Throws: ``ImportFault/takenOver(_:)``; what the database throws; `CancellationError`.
  func work(
    on job: ImportJob, owner: String, path: String?, progress: @escaping @Sendable (ImportJob) -> Void
  ) async throws -> ImportJob {
    let gate = ProgressGate(configuration.progressInterval)
    let heartbeat = spawn(name: "import heartbeat") { [self] in try await keep(job, owner) }
    defer {
      heartbeat.cancel()
      note(nil, about: job.id)
    }
    do {
      if let path {
        try await run(job, owner, path, gate, progress)
      } else {
        let file = configuration.folder + "/estoque-import-\(job.id)-\(owner)"
        defer { try? FileManager.default.removeItem(atPath: file) }
        try await unpack(job, to: file)
        try await run(job, owner, file, gate, progress)
      }
      try configuration.checkpoint(.ended)
      try await end(job, owner, .done, "")
    } catch ImportStop.takenOver {
      throw ImportFault.takenOver(job.id)
    } catch ImportStop.cancelled {
    } catch ImportStop.unreadable(let reason) {
      try await end(job, owner, .failed, reason)
    } catch is CancellationError {
      // In a goroutine of its own, which is not cancelled.
      let database = database
      _ = await spawn(name: "import release") {
        try await database.transaction { try $0.releaseImportJob(job.id, owner: owner) }
      }.ending
      throw CancellationError()
    } catch let crash as ImportCrash {
      throw crash
    } catch let error where !isOutage(error) && !(error is NoRoom) {
      instruments.logger.error("import failed", metadata: ["job": "\(job.id)", "error": "\(error)"])
      try await end(job, owner, .failed, "erro interno: \(error)")
    }
    let ended = try await self.job(job.id)
    instruments.ended(ended)
    progress(ended)
    return ended
  }

  /// Keeps the job ours while it takes long to find the place in the file where it goes on.
  private func keep(_ job: ImportJob, _ owner: String) async throws {
    while true {
      try await sleep(for: configuration.lease / 3)
      let until = configuration.clock() + configuration.lease.microseconds
      try? await database.transaction { try $0.renewImportJob(job.id, owner: owner, leaseUntil: until) }
    }
  }

  private func run(
    _ job: ImportJob, _ owner: String, _ path: String, _ gate: ProgressGate,
    _ progress: @escaping @Sendable (ImportJob) -> Void
  ) async throws {
    let told: @Sendable (ImportJob) async -> Void = { job in if gate.opens() { progress(job) } }
    func run(_ recipe: some ImportRecipe) async throws {
      try await ImportRun(
        job: job, recipe: recipe, database: database, configuration: configuration, owner: owner,
        instruments: instruments, progress: told, trouble: note
      ).run(path: path)
    }
    switch job.kind {
    case .products: try await run(ProductRecipe(firstStock: job.options.firstStock))
    case .movements: try await run(MovementRecipe(direction: job.options.direction))
    case .staging: try await run(StagingRecipe())
    }
  }

  private func end(_ job: ImportJob, _ owner: String, _ state: ImportState, _ message: String) async throws {
    let now = configuration.clock()
    let isOurs = try await database.transaction { session in
      try session.endImportJob(job.id, owner: owner, as: state, message: message, at: now)
    }
    if !isOurs, try await self.job(job.id).state == .running { throw ImportFault.takenOver(job.id) }
  }

  /// Writes a job's stored content to a file.
  private func unpack(_ job: ImportJob, to path: String) async throws {
    let writer = try await offload { [folder = configuration.folder] in try ScratchFile(path, in: folder) }
    defer { writer.close() }
    var part = 0
    while true {
      let from = part
      let pieces = try await database.read { session in
        try session.query(
          "SELECT bytes FROM import_content WHERE job = ?1 AND part >= ?2 AND part < ?3 ORDER BY part",
          job.id, from,
          from + 8
        ) { row in try row[0] as [UInt8] }
      }
      if pieces.isEmpty { return }
      part += pieces.count
      try await offload { for piece in pieces { try writer.write(piece) } }
    }
  }
}

/// Whether the database is away, or too busy, rather than something wrong with what was asked of it.
func isOutage(_ error: any Error) -> Bool {
  if let error = error as? DatabaseError { return error.isOutage || error.isTransient }
  return error is CircuitOpen || error is ObjectPoolError
}

/// Lets pass what comes after some time only.
final class ProgressGate: Sendable {
  private let interval: Int64
  private let last = Guarded<Int64>(.min)

  init(_ interval: Duration) { self.interval = interval.nanoseconds }

  func opens() -> Bool {
    let now = Timers.current.now
    return last.withLock { last in
      if last != .min, now - last < interval { return false }
      last = now
      return true
    }
  }
}

extension TablePreview {
  /// How the numbers of a table are written, as far as its first records show it.
  func decimals(_ mapping: ColumnMapping) -> DecimalMark {
    guard let dialect else { return .point }
    let columns = [Column.quantity, .unitCost, .minimumStock].compactMap { mapping[$0] }
    let numbers = records.flatMap { record in columns.compactMap { $0 < record.count ? record[$0] : nil } }
    for number in numbers {
      guard let last = number.last(where: { $0 == "," || $0 == "." }) else { continue }
      let decimals = number.reversed().prefix { $0 != last }.count
      // Three digits behind it may as well be a group of thousands.
      if decimals != 3 || number.contains(",") && number.contains(".") {
        return last == "," ? .comma : .point
      }
    }
    return dialect.delimiter == .comma ? .point : .comma
  }
}
