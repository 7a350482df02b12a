import EstoqueDatabase

/// The part of the schema that says who may do what. Moments are microseconds since 1970 in UTC.
public enum AccessSchema {
  /// The steps 30 to 39.
  public static let migrations: [Migration] = [
    Migration(30, "accounts", accounts),
    Migration(31, "audit", audit),
    Migration(32, "idempotency", idempotency),
    Migration(33, "last login", lastLogin),
  ]

  /// Of sessions and tokens only digests are kept: whoever reads the database cannot sign in with what is there.
  private static let accounts: SQL = """
    CREATE TABLE account (
      id \(.identity),
      login TEXT NOT NULL CONSTRAINT account_login_key UNIQUE,
      name TEXT NOT NULL,
      role TEXT NOT NULL CONSTRAINT account_role_check CHECK (role IN ('viewer', 'operator', 'admin')),
      active BOOLEAN NOT NULL DEFAULT TRUE,
      password TEXT NOT NULL,
      version BIGINT NOT NULL DEFAULT 1,
      created_at BIGINT NOT NULL,
      updated_at BIGINT NOT NULL
    );
    CREATE TABLE login_session (
      digest TEXT PRIMARY KEY,
      account BIGINT NOT NULL REFERENCES account (id),
      created_at BIGINT NOT NULL,
      seen_at BIGINT NOT NULL,
      expires_at BIGINT NOT NULL,
      address TEXT NOT NULL
    );
    CREATE INDEX login_session_account_index ON login_session (account);
    CREATE TABLE access_token (
      id \(.identity),
      account BIGINT NOT NULL REFERENCES account (id),
      name TEXT NOT NULL,
      digest TEXT NOT NULL CONSTRAINT access_token_digest_key UNIQUE,
      created_at BIGINT NOT NULL,
      expires_at BIGINT NOT NULL,
      used_at BIGINT
    );
    CREATE INDEX access_token_account_index ON access_token (account, id);
    """

  /// What went before is told by the audit log, which knows every session.
  private static let lastLogin: SQL = """
    ALTER TABLE account ADD COLUMN last_login BIGINT;
    UPDATE account SET last_login =
      (SELECT MAX(happened_at) FROM audit WHERE audit.account = account.id AND action = 'session.begin');
    """

  private static let audit: SQL = """
    CREATE TABLE audit (
      id \(.identity),
      happened_at BIGINT NOT NULL,
      account BIGINT REFERENCES account (id),
      login TEXT NOT NULL,
      action TEXT NOT NULL,
      subject TEXT NOT NULL,
      detail TEXT NOT NULL,
      address TEXT NOT NULL,
      request TEXT NOT NULL
    );
    CREATE INDEX audit_happened_index ON audit (happened_at, id);
    \(immutableAudit)
    """

  private static let immutableAudit = SQL(
    sqlite: """
      CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
        BEGIN SELECT RAISE(ABORT, 'the audit log cannot be changed'); END;
      CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
        BEGIN SELECT RAISE(ABORT, 'the audit log cannot be changed'); END;
      """,
    postgres: """
      CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'the audit log cannot be changed'; END $$;
      CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON audit
        FOR EACH ROW EXECUTE FUNCTION refuse_audit_change();
      """)

  private static let idempotency: SQL = """
    CREATE TABLE idempotency (
      account BIGINT NOT NULL,
      key TEXT NOT NULL,
      digest TEXT NOT NULL,
      claim TEXT NOT NULL,
      claimed_until BIGINT NOT NULL,
      expires_at BIGINT NOT NULL,
      status BIGINT,
      headers TEXT NOT NULL DEFAULT '',
      body \(.blob),
      CONSTRAINT idempotency_pkey PRIMARY KEY (account, key)
    );
    CREATE INDEX idempotency_expires_index ON idempotency (expires_at);
    """
}
