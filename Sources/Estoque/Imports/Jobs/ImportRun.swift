import EstoqueDatabase
import EstoqueStock
import EstoqueTables
import RevoadaPipelines
import RevoadaScheduling

/// The work on one job: a reader cuts the file into chunks, workers decode them, and a collector commits them in order.
///
/// Each chunk is one transaction, in which the job's position moves on too: so whoever goes on after a crash finds exactly what is missing. The transaction
/// begins with a look whether the job is still ours, which also locks it.
struct ImportRun<Recipe: ImportRecipe>: Sendable {
  let job: ImportJob
  let recipe: Recipe
  let database: Database
  let configuration: ImportsConfiguration
  let owner: String
  let instruments: ImportInstruments
  /// Told after each chunk.
  let progress: @Sendable (ImportJob) async -> Void
  /// Told why it has to wait; nil when it goes on.
  let trouble: @Sendable (String?, ImportJob.ID) -> Void

  /// Works through the file.
  /// - Throws: ``ImportStop``; what reading the file, or the database, throws.
  func run(path: String) async throws {
    let options = job.options
    let format = options.format.unsafelyUnwrapped  // filled in when the job was created
    let reading = LineReading(options.mapping ?? ColumnMapping(), options.decimals ?? .comma)
    let chunks = try await offload { [configuration, job] in
      try configuration.checkpoint(.opened)
      return try TableChunks(
        path: path, format: format, size: options.chunk, position: job.position,
        hasHeader: options.hasHeader ?? false, checkpoint: configuration.checkpoint)
    }
    let decoding = Pipeline(from: ReadSteps(chunks: chunks), name: "import")
      .stage("decode", workers: options.workers, ordered: true, buffer: 1, onError: .stop) {
        (step: ReadStep) async throws -> DecodedStep in
        try configuration.checkpoint(.decoded)
        switch step {
        case .fault(let error): return .fault(error)
        case .records(let chunk): return .chunk(decode(chunk, reading))
        }
      }
    let memory = ImportMemory()
    var job = job
    do {
      for try await step in decoding.results {
        switch step {
        case .fault(let error): throw ImportStop.unreadable("\(error)")
        case .chunk(let chunk):
          let start = Timers.current.now
          (job.position, job.done, job.failed) = try await commit(chunk, memory)
          instruments.committed(chunk.records.count, since: start)
          try configuration.checkpoint(.committed)
          await progress(job)
        }
      }
    } catch let error as StageError { throw error.error }
  }

  private func decode(_ chunk: RecordChunk, _ reading: LineReading) -> DecodedChunk {
    var decoded = DecodedChunk(first: chunk.first, records: chunk.records)
    decoded.lines.reserveCapacity(chunk.records.count)
    for (index, record) in chunk.records.enumerated() where !record.isBlank {
      do throws(LineFault) {
        let line = try recipe.decode(LineCells(record, reading))
        decoded.lines.append(NumberedLine(number: record.line, index: index, content: line))
      } catch { decoded.faults.append((index, error)) }
    }
    return decoded
  }

  private struct DecodedChunk: Sendable {
    let first: Int
    let records: [Record]
    var lines: [NumberedLine<Recipe.Line>] = []
    var faults: [(index: Int, fault: LineFault)] = []
    var end: Int { first + records.count }
  }
  private enum DecodedStep: Sendable {
    case chunk(DecodedChunk)
    case fault(any Error)
  }

  // MARK: Committing

  private typealias Totals = (position: Int, done: Int, failed: Int)

  /// Commits a chunk; goes on trying while the database is away, as long as patience lasts.
  private func commit(_ chunk: DecodedChunk, _ memory: ImportMemory) async throws -> Totals {
    let end = Timers.current.now + configuration.patience.nanoseconds
    var isCareful = false
    while true {
      do {
        let totals = try await attempt(chunk, memory, isCareful: isCareful)
        memory.keep()
        trouble(nil, job.id)
        return totals
      } catch  where !isCareful && LineFault(refusal: error) != nil {
        isCareful = true
      } catch  where isOutage(error) && Timers.current.now < end {
        instruments.logger.warning(
          "the import waits for the database", metadata: ["job": "\(job.id)", "because": "\(error)"])
        trouble(Trouble.sentence(error), job.id)
        try await sleep(for: .milliseconds(500))
      }
    }
  }

  private func attempt(_ chunk: DecodedChunk, _ memory: ImportMemory, isCareful: Bool) async throws -> Totals
  {
    try await database.transaction { session in
      memory.begin()
      guard let hold = try session.holdImportJob(job.id) else { throw ImportStop.takenOver }
      if hold.state == .cancelled { throw ImportStop.cancelled }
      guard hold.owner == owner, hold.state == .running else { throw ImportStop.takenOver }
      // A commit whose outcome was unknown may have happened.
      if hold.position >= chunk.end { return (hold.position, hold.done, hold.failed) }
      let now = configuration.clock()
      try configuration.checkpoint(.begun)
      let context = ChunkContext(
        session: session, memory: memory, options: job.options, job: job.id, moment: now)
      var plans = try recipe.plan(chunk.lines, in: context)
      try configuration.checkpoint(.planned)
      let origin = PostingOrigin("import", at: now, by: job.user)
      if isCareful {
        try post(&plans, plans.indices, origin, session)
      } else {
        let drafts = plans.compactMap { $0.fault == nil ? $0.draft : nil }
        if !drafts.isEmpty { try session.post(drafts, from: origin, negative: negative) }
      }
      try configuration.checkpoint(.posted)
      let failed = try note(plans, of: chunk, in: session)
      let done = chunk.lines.count + chunk.faults.count - failed
      try session.advanceImportJob(
        job.id, to: chunk.end, done: hold.done + done, failed: hold.failed + failed,
        leaseUntil: now + configuration.lease.microseconds)
      try configuration.checkpoint(.noted)
      return (chunk.end, hold.done + done, hold.failed + failed)
    }
  }

  private var negative: NegativeStock { job.options.allowsNegativeStock ? .allowed : .refused }

  /// Posts the movements of a chunk of which some are refused: all at once, or else each half by itself, in their order.
  private func post(
    _ plans: inout [LinePlan], _ range: Range<Int>, _ origin: PostingOrigin, _ session: Session
  ) throws {
    let drafts = plans[range].compactMap { $0.fault == nil ? $0.draft : nil }
    if drafts.isEmpty { return }
    do {
      try session.savepoint { try session.post(drafts, from: origin, negative: negative) }
    } catch {
      guard let fault = LineFault(refusal: error) else { throw error }
      if range.count == 1 {
        plans[range.lowerBound].fault = fault
      } else {
        let middle = range.lowerBound + range.count / 2
        try post(&plans, range.lowerBound..<middle, origin, session)
        try post(&plans, middle..<range.upperBound, origin, session)
      }
    }
  }

  /// Notes what became of the lines.
  /// - Returns: how many failed.
  private func note(_ plans: [LinePlan], of chunk: DecodedChunk, in session: Session) throws -> Int {
    var failures = chunk.faults
    var successes = SuccessList()
    for (line, plan) in zip(chunk.lines, plans) {
      if let fault = plan.fault {
        failures.append((line.index, fault))
      } else {
        successes.append(.init(line: line.number, effect: plan.effect, product: plan.product))
      }
    }
    failures.sort { $0.index < $1.index }
    try session.insertMany(
      into: "import_failure", ["job", "line", "code", "reason", "record"], failures
    ) { failure, row in
      let record = chunk.records[failure.index]
      row.write(job.id)
      row.write(Int64(record.line))
      row.write(failure.fault.code)
      row.write(failure.fault.reason)
      row.write(try encoded(FailedRecord.cells(of: record)))
    }
    try session.execute(
      "INSERT INTO import_chunk (job, first, records, successes) VALUES (?1, ?2, ?3, ?4)", job.id,
      chunk.first,
      chunk.records.count, successes.bytes)
    return failures.count
  }
}

/// Why the work on a job ends before the file does.
enum ImportStop: Error, Sendable {
  /// Somebody cancelled the job.
  case cancelled
  /// Another worker has the job.
  case takenOver
  /// The file cannot be read on.
  case unreadable(String)
}

/// What is kept of a line that failed: enough to mend and import it again, but no megabytes.
enum FailedRecord {
  private static let (cellLimit, recordLimit) = (2_000, 20_000)

  static func cells(of record: Record) -> [String] {
    var (cells, size) = ([String](), 0)
    for column in 0..<record.count where size < recordLimit {
      let text = record.text(column)
      cells.append(text.utf8.count > cellLimit ? text.prefix(cellLimit / 4) + "…" : text)
      size += cells[cells.count - 1].utf8.count
    }
    return cells
  }
}

extension LineFault {
  /// Nil for an error that is not about a line.
  init?(refusal error: any Error) {
    switch error {
    case let fault as StockFault: self = .stock("\(fault)")
    case let error as DatabaseError:
      switch error.kind {
      case .constraint(let violation): self = .database(violation.name ?? "restrição")
      case .data, .parameters: self = .database("valor inválido")
      default: return nil
      }
    default: return nil
    }
  }
}
