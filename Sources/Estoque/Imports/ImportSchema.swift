import EstoqueDatabase

/// The tables of imports; they stand on those of the stock.
public enum ImportSchema {
  /// All steps, in order; from 20 on.
  public static let migrations: [Migration] = [
    Migration(20, "import jobs", jobs),
    Migration(21, "dealers", dealers),
    Migration(22, "what staged lines are", stagedProducts),
    Migration(23, "pruned imports", pruning),
  ]

  /// `fingerprint` is what makes the same file twice one job; forced jobs, and those that have changed nothing, have none.
  /// `path` is the file of a job that a command works on; the others have their content in `import_content`.
  /// `position` counts the records of the file that have been committed, of which `import_chunk` says what became of the good ones.
  private static let jobs: SQL = """
    CREATE TABLE import_job (
      id \(.identity),
      kind TEXT NOT NULL,
      file TEXT NOT NULL,
      size BIGINT NOT NULL,
      digest TEXT NOT NULL,
      fingerprint TEXT CONSTRAINT import_job_fingerprint_key UNIQUE,
      path TEXT,
      options TEXT NOT NULL,
      header TEXT NOT NULL,
      state TEXT NOT NULL,
      total BIGINT,
      position BIGINT NOT NULL DEFAULT 0,
      done BIGINT NOT NULL DEFAULT 0,
      failed BIGINT NOT NULL DEFAULT 0,
      owner TEXT,
      lease_until BIGINT NOT NULL DEFAULT 0,
      created_at BIGINT NOT NULL,
      created_by BIGINT,
      started_at BIGINT,
      ended_at BIGINT,
      message TEXT NOT NULL DEFAULT ''
    );
    CREATE INDEX import_job_state_index ON import_job (state, id);
    CREATE TABLE import_content (
      job BIGINT NOT NULL REFERENCES import_job (id),
      part BIGINT NOT NULL,
      bytes \(.blob) NOT NULL,
      CONSTRAINT import_content_pkey PRIMARY KEY (job, part)
    );
    CREATE TABLE import_chunk (
      job BIGINT NOT NULL REFERENCES import_job (id),
      first BIGINT NOT NULL,
      records BIGINT NOT NULL,
      successes \(.blob) NOT NULL,
      CONSTRAINT import_chunk_pkey PRIMARY KEY (job, first)
    );
    CREATE TABLE import_failure (
      job BIGINT NOT NULL REFERENCES import_job (id),
      line BIGINT NOT NULL,
      code TEXT NOT NULL,
      reason TEXT NOT NULL,
      record TEXT NOT NULL,
      CONSTRAINT import_failure_pkey PRIMARY KEY (job, line)
    );
    """

  /// `product` is what a dealer's code is, once that is known: by its code, or because somebody has said so. The dealer's next lines follow it.
  private static let stagedProducts: SQL = """
    ALTER TABLE product_staging ADD COLUMN product BIGINT REFERENCES product (id);
    UPDATE product_staging SET
      product = (SELECT product.id FROM product WHERE product.code = product_staging.code)
    WHERE promoted_at IS NOT NULL;
    CREATE INDEX product_staging_product_index ON product_staging (product) WHERE product IS NOT NULL;
    CREATE INDEX product_staging_waiting_index ON product_staging (dealer, code) WHERE promoted_at IS NULL;
    """

  /// A job whose lines are no longer kept is not shown; its fingerprint goes on refusing the same file.
  private static let pruning: SQL = """
    ALTER TABLE import_job ADD COLUMN pruned_at BIGINT;
    CREATE INDEX import_job_ended_index ON import_job (ended_at) WHERE pruned_at IS NULL;
    """

  /// A dealer has products; what it says about them waits in the staging table until the product is known.
  private static let dealers: SQL = """
    CREATE TABLE dealer (
      id \(.identity),
      name TEXT NOT NULL CONSTRAINT dealer_name_key UNIQUE,
      created_at BIGINT NOT NULL
    );
    CREATE TABLE product_dealer (
      dealer BIGINT NOT NULL REFERENCES dealer (id),
      product BIGINT NOT NULL REFERENCES product (id),
      quantity BIGINT,
      unit_price TEXT,
      updated_at BIGINT NOT NULL,
      CONSTRAINT product_dealer_pkey PRIMARY KEY (dealer, product)
    );
    CREATE INDEX product_dealer_product_index ON product_dealer (product);
    CREATE TABLE product_staging (
      dealer BIGINT NOT NULL REFERENCES dealer (id),
      code TEXT NOT NULL,
      name TEXT,
      quantity BIGINT,
      unit_price TEXT,
      job BIGINT NOT NULL REFERENCES import_job (id),
      line BIGINT NOT NULL,
      staged_at BIGINT NOT NULL,
      promoted_at BIGINT,
      CONSTRAINT product_staging_pkey PRIMARY KEY (dealer, code)
    );
    """
}
