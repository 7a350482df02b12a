import EstoqueDatabase

/// The tables of the intake. Migrations 10 to 19; those of the stock come before them.
public enum IntakeSchema {
  /// All steps, in order.
  public static let migrations: [Migration] = [
    Migration(10, "intake", intake), Migration(11, "packed contents", packedContents),
    // Whether a file is still needed depends on all of its documents.
    Migration(
      12, "intake parents", "CREATE INDEX intake_parent_index ON intake (parent) WHERE parent IS NOT NULL"),
  ]

  /// - `intake` holds what came, document by document; one of them is worked on by whoever has `owner`, until `lease`. `attempts` counts the
  ///   claims: whoever comes back late with an older number does nothing.
  /// - `intake_content` holds the files, by the number of the first document in them: apart, so that a change of state does not
  ///   write them again.
  /// - `nfe` holds what has been posted: one row for each key, for ever.
  /// - `nfe_event` is the log of events.
  private static let intake: SQL = """
    CREATE TABLE intake_batch (
      id \(.identity),
      source TEXT NOT NULL,
      received_at BIGINT NOT NULL,
      received_by BIGINT
    );
    CREATE TABLE intake (
      id \(.identity),
      batch BIGINT NOT NULL REFERENCES intake_batch (id),
      file TEXT NOT NULL,
      parent BIGINT REFERENCES intake (id),
      position BIGINT NOT NULL DEFAULT -1,
      sha256 TEXT NOT NULL,
      state TEXT NOT NULL,
      owner TEXT,
      lease BIGINT NOT NULL DEFAULT 0,
      attempts BIGINT NOT NULL DEFAULT 0,
      key TEXT NOT NULL DEFAULT '',
      number BIGINT,
      series BIGINT,
      emitter TEXT NOT NULL DEFAULT '',
      emitter_name TEXT NOT NULL DEFAULT '',
      issued_at BIGINT,
      total BIGINT,
      items BIGINT,
      reason TEXT NOT NULL DEFAULT '',
      warnings TEXT NOT NULL DEFAULT '',
      settled_at BIGINT,
      decided_by BIGINT,
      note TEXT NOT NULL DEFAULT ''
    );
    CREATE INDEX intake_state_index ON intake (state, id);
    CREATE INDEX intake_batch_index ON intake (batch);
    CREATE INDEX intake_key_index ON intake (key);
    CREATE INDEX intake_review_index ON intake (sha256) WHERE state = 'review';
    CREATE TABLE intake_content (
      id BIGINT NOT NULL CONSTRAINT intake_content_pkey PRIMARY KEY,
      bytes \(.blob) NOT NULL
    );
    CREATE TABLE nfe (
      key TEXT NOT NULL CONSTRAINT nfe_pkey PRIMARY KEY,
      intake BIGINT NOT NULL REFERENCES intake (id),
      sha256 TEXT NOT NULL,
      authorised BOOLEAN NOT NULL,
      posting BIGINT REFERENCES posting (id),
      cancelled_at BIGINT,
      reversal BIGINT REFERENCES posting (id)
    );
    CREATE TABLE nfe_event (
      id \(.identity),
      intake BIGINT NOT NULL REFERENCES intake (id),
      key TEXT NOT NULL,
      environment BIGINT NOT NULL,
      type BIGINT NOT NULL,
      sequence BIGINT NOT NULL,
      sha256 TEXT NOT NULL,
      happened_at BIGINT,
      text TEXT NOT NULL,
      state TEXT NOT NULL,
      CONSTRAINT nfe_event_key UNIQUE (key, environment, type, sequence)
    );
    CREATE INDEX nfe_event_waiting_index ON nfe_event (key) WHERE state = 'waiting';
    """

  /// `size` is how long a content is when it is unpacked; those without one are not packed, as all were before.
  private static let packedContents: SQL = "ALTER TABLE intake_content ADD COLUMN size BIGINT"
}
