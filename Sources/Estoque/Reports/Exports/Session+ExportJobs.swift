import EstoqueDatabase
import EstoqueStock
import Foundation

extension Session {
  private static let exportColumns: SQL = """
    id, request, state, total, done, failed, bytes, message, created_by, created_at, started_at, ended_at, attempts
    """

  /// Runs a statement that changes a job, and gives it back.
  private func change<each Parameter: SQLConvertible>(_ sql: SQL, _ parameters: repeat each Parameter) throws
    -> ExportJob?
  {
    let job = try first(sql, repeat each parameters, decode: Self.exportJob)
    if let job { touch(ChangedRow(ExportJob.table, job.id.rawValue)) }
    return job
  }

  private static func exportJob(_ row: borrowing Row) throws -> ExportJob {
    let text: String = try row[1]
    return ExportJob(
      id: try row[0], request: try JSONDecoder().decode(ExportRequest.self, from: Data(text.utf8)),
      state: try row[2], total: try row[3], done: try row[4], failed: try row[5], bytes: try row[6],
      message: try row[7], user: try row[8], createdAt: try row[9], startedAt: try row[10],
      endedAt: try row[11], attempts: try row[12])
  }

  func exportJob(_ id: ExportJob.ID) throws -> ExportJob? {
    try first("SELECT \(Self.exportColumns) FROM export_job WHERE id = ?1", id, decode: Self.exportJob)
  }

  func exportJobs(limit: Int, before: ExportJob.ID?, user: User.ID?) throws -> [ExportJob] {
    try query(
      """
      SELECT \(Self.exportColumns) FROM export_job
      WHERE id < ?1 AND (CAST(?2 AS BIGINT) IS NULL OR created_by = ?2) ORDER BY id DESC LIMIT ?3
      """, before?.rawValue ?? .max, user, PageLimit.clamped(limit), decode: Self.exportJob)
  }

  func addExportJob(_ request: ExportRequest, user: User.ID?, at moment: Int64) throws -> ExportJob? {
    try change(
      """
      INSERT INTO export_job (kind, format, request, state, created_by, created_at)
      VALUES (?1, ?2, ?3, 'waiting', ?4, ?5) RETURNING \(Self.exportColumns)
      """, request.kind, request.format, String(decoding: try JSONEncoder().encode(request), as: UTF8.self),
      user,
      moment)
  }

  /// Takes the next job that nobody works on: one that waits, or one whose worker has not been heard of for long.
  func claimExportJob(by worker: String, now: Int64, leaseUntil: Int64) throws -> ExportJob? {
    let id = try value(
      """
      SELECT id FROM export_job WHERE state = 'waiting' OR (state = 'running' AND lease_until < ?1)
      ORDER BY id LIMIT 1 \(.skipLocked)
      """, now, as: ExportJob.ID.self)
    guard let id else { return nil }
    return try change(
      """
      UPDATE export_job SET state = 'running', claimed_by = ?2, lease_until = ?3, started_at = ?4, done = 0, failed = 0,
        total = NULL, attempts = attempts + 1
      WHERE id = ?1 RETURNING \(Self.exportColumns)
      """, id, worker, leaseUntil, now)
  }

  /// Says how far a job is, and that its worker is alive.
  /// - Returns: the job; nil if it is no longer this worker's.
  func advanceExportJob(
    _ id: ExportJob.ID, by worker: String, total: Int?, done: Int, failed: Int, leaseUntil: Int64
  ) throws -> ExportJob? {
    try change(
      """
      UPDATE export_job SET total = ?3, done = ?4, failed = ?5, lease_until = ?6
      WHERE id = ?1 AND claimed_by = ?2 AND state = 'running' RETURNING \(Self.exportColumns)
      """, id, worker, total, done, failed, leaseUntil)
  }

  /// Ends a job of this worker.
  func endExportJob(
    _ id: ExportJob.ID, by worker: String, as state: ExportState, done: Int, failed: Int, bytes: Int?,
    message: String, at moment: Int64
  ) throws -> ExportJob? {
    try change(
      """
      UPDATE export_job SET state = ?3, done = ?4, failed = ?5, bytes = ?6, message = ?7, ended_at = ?8, claimed_by = NULL,
        total = CASE WHEN CAST(?3 AS TEXT) = 'done' THEN CAST(?4 AS BIGINT) + ?5 ELSE total END
      WHERE id = ?1 AND claimed_by = ?2 AND state = 'running' RETURNING \(Self.exportColumns)
      """, id, worker, state, done, failed, bytes, message, moment)
  }

  /// Gives a job back, to be made from its beginning by anybody. That is no attempt: nothing went wrong.
  func releaseExportJob(_ id: ExportJob.ID, by worker: String) throws -> ExportJob? {
    try change(
      """
      UPDATE export_job SET state = 'waiting', claimed_by = NULL, done = 0, failed = 0, attempts = attempts - 1
      WHERE id = ?1 AND claimed_by = ?2 AND state = 'running' RETURNING \(Self.exportColumns)
      """, id, worker)
  }

  func cancelExportJob(_ id: ExportJob.ID, at moment: Int64) throws -> ExportJob? {
    try change(
      """
      UPDATE export_job SET state = 'cancelled', ended_at = ?2, claimed_by = NULL
      WHERE id = ?1 AND state IN ('waiting', 'running') RETURNING \(Self.exportColumns)
      """, id, moment)
  }

  /// Removes a job that has ended.
  func removeExportJob(_ id: ExportJob.ID) throws -> ExportJob? {
    try first(
      """
      DELETE FROM export_job WHERE id = ?1 AND state IN ('done', 'failed', 'cancelled')
      RETURNING \(Self.exportColumns)
      """, id, decode: Self.exportJob)
  }

  /// The jobs that ended before a moment.
  func exportJobs(endedBefore moment: Int64) throws -> [ExportJob.ID] {
    try query(
      "SELECT id FROM export_job WHERE state IN ('done', 'failed', 'cancelled') AND ended_at < ?1 ORDER BY id",
      moment
    ) { row in try row[0] }
  }
}
