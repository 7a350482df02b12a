import EstoqueDatabase

/// What reports and exports keep in the database.
public enum ReportSchema {
  /// All steps, in order; they come after those of the stock.
  public static let migrations: [Migration] = [Migration(40, "exports", exports)]

  private static let exports: SQL = """
    CREATE TABLE export_job (
      id \(.identity),
      kind TEXT NOT NULL,
      format TEXT NOT NULL,
      request TEXT NOT NULL,
      state TEXT NOT NULL,
      total BIGINT,
      done BIGINT NOT NULL DEFAULT 0,
      failed BIGINT NOT NULL DEFAULT 0,
      bytes BIGINT,
      message TEXT NOT NULL DEFAULT '',
      created_by BIGINT,
      created_at BIGINT NOT NULL,
      started_at BIGINT,
      ended_at BIGINT,
      attempts BIGINT NOT NULL DEFAULT 0,
      claimed_by TEXT,
      lease_until BIGINT
    );
    CREATE INDEX export_job_state_index ON export_job (state, id);
    """
}
