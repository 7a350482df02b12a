import EstoqueDatabase
import EstoqueDocuments
import EstoqueStock
import Revoada

extension Intake {
  /// Judges files, takes them in and posts them, and says for each what became of it: the command `estoque nfe`.
  ///
  /// Without a company it judges only, and nothing is kept.
  ///
  /// - Parameters:
  ///   - files: XML documents, lots and ZIP archives; each file in an archive is reported by itself.
  ///   - user: who wants it.
  /// - Throws: as ``submit(_:from:by:)`` and ``process(batch:)``.
  public func report(_ files: [IntakeFile], by user: User.ID? = nil) async throws -> NFeReport {
    if configuration.judge.companies.isEmpty { return try await judge(files) }
    let submission = try await submit(files, from: .command, by: user)
    try await finish(submission.batch)
    let reports = try await reports(of: submission.batch)
    return NFeReport(files: submission.documents.compactMap { FileReport.worst(reports[$0.id] ?? []) })
  }

  /// Works on a batch until all of it is settled, by this instance or another.
  func finish(_ batch: IntakeBatch.ID) async throws {
    while true {
      try await process(batch: batch)
      if try await database.read({ try $0.waiting(in: batch) }) == 0 { return }
      // Another instance works on the rest, or has died and its leases have not ended.
      try await sleep(for: min(configuration.poll, .milliseconds(50)))
    }
  }

  /// What became of the documents of a batch, by the number of the first of their file.
  func reports(of batch: IntakeBatch.ID) async throws -> [IntakeDocument.ID: [FileReport]] {
    try await database.read { session in
      var reports: [IntakeDocument.ID: [FileReport]] = [:]
      try session.forEach(
        "SELECT COALESCE(parent, id), file, state, key, reason, warnings FROM intake WHERE batch = ?1 ORDER BY id",
        batch
      ) { row in
        let warnings: String = try row[5]
        let report = FileReport(
          file: try row[1], state: try row[2], key: try row[3], reason: try row[4],
          warnings: warnings.split(separator: "\n").map(String.init))
        reports[try row[0], default: []].append(report)
      }
      return reports
    }
  }

  private func judge(_ files: [IntakeFile]) async throws -> NFeReport {
    if files.isEmpty { throw IntakeFault.noFiles }
    let feed = FileFeed(files, configuration.limits)
    var report = NFeReport(files: [])
    while true {
      let group = try await offload { try feed.group() }
      if group.isEmpty { return report }
      report.files += group.compactMap(judge)
    }
  }

  private func judge(_ file: LoadedFile) -> FileReport? {
    let judgements: [Judgement]
    switch file.content {
    case .failure(let fault):
      return FileReport(file: file.name, state: .refused, key: "", reason: fault.reason)
    case .success(let bytes):
      do throws(Refusal) {
        judgements = try configuration.parser.parse(bytes).documents.map(configuration.judge.judge)
      } catch { judgements = [configuration.judge.judge(error)] }
    }
    return FileReport.worst(
      judgements.map {
        FileReport(
          file: file.name, state: IntakeState($0.outcome), key: $0.key, reason: $0.explanation,
          warnings: $0.warnings.map(\.explanation))
      })
  }
}

extension IntakeState {
  fileprivate init(_ outcome: EstoqueDocuments.Outcome) {
    switch outcome {
    case .accepted: self = .accepted
    case .event: self = .event
    case .review: self = .review
    case .refused: self = .refused
    }
  }
}
