import EstoqueDatabase
import EstoqueStock

/// A session or token as it is stored.
struct StoredCredential: Sendable {
  let account: Account
  let expiresAt: Int64
  /// When it was used last, as far as that is noted.
  let usedAt: Int64
}

extension Session {
  func insertSession(_ digest: String, of id: User.ID, from address: String, at now: Int64, until end: Int64)
    throws
  {
    try execute(
      """
      INSERT INTO login_session (digest, account, created_at, seen_at, expires_at, address)
      VALUES (?1, ?2, ?3, ?3, ?4, ?5)
      """, digest, id, now, end, address)
  }

  func session(_ digest: String) throws -> StoredCredential? {
    try first(
      """
      SELECT \(Self.accountColumns), login_session.expires_at, login_session.seen_at
      FROM login_session JOIN account ON account.id = login_session.account WHERE digest = ?1
      """, digest
    ) { row in
      StoredCredential(account: try Self.account(row), expiresAt: try row[8], usedAt: try row[9])
    }
  }

  func touchSession(_ digest: String, at now: Int64) throws {
    try execute("UPDATE login_session SET seen_at = ?1 WHERE digest = ?2", now, digest)
  }

  /// - Returns: whose it was.
  func deleteSession(_ digest: String) throws -> User.ID? {
    try value("DELETE FROM login_session WHERE digest = ?1 RETURNING account", digest, as: User.ID.self)
  }

  /// Has all instances forget what they remember of somebody.
  func forget(_ id: User.ID) { touch(ChangedRow(Account.table, id.rawValue)) }

  // MARK: Tokens

  func insertToken(_ name: String, _ digest: String, of id: User.ID, at now: Int64, until end: Int64) throws
    -> AccessToken
  {
    let number = try value(
      """
      INSERT INTO access_token (account, name, digest, created_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)
      RETURNING id
      """, id, name, digest, now, end, as: Int64.self)
    return AccessToken(
      id: number.unsafelyUnwrapped,  // an INSERT returns its row
      name: name, createdAt: now, expiresAt: end, usedAt: nil)
  }

  func token(_ digest: String) throws -> StoredCredential? {
    try first(
      """
      SELECT \(Self.accountColumns), access_token.expires_at, COALESCE(access_token.used_at, 0)
      FROM access_token JOIN account ON account.id = access_token.account WHERE digest = ?1
      """, digest
    ) { row in
      StoredCredential(account: try Self.account(row), expiresAt: try row[8], usedAt: try row[9])
    }
  }

  func touchToken(_ digest: String, at now: Int64) throws {
    try execute("UPDATE access_token SET used_at = ?1 WHERE digest = ?2", now, digest)
  }

  /// Somebody's tokens in the order of their numbers, those included that have ended.
  public func tokens(of id: User.ID, limit: Int = 50, after: Int64 = 0) throws -> [AccessToken] {
    try query(
      """
      SELECT id, name, created_at, expires_at, used_at FROM access_token WHERE account = ?1 AND id > ?2
      ORDER BY id LIMIT ?3
      """, id, after, limit
    ) { row in
      AccessToken(
        id: try row[0], name: try row[1], createdAt: try row[2], expiresAt: try row[3], usedAt: try row[4])
    }
  }

  /// - Returns: its name.
  func deleteToken(_ token: Int64, of id: User.ID) throws -> String {
    let name = try value(
      "DELETE FROM access_token WHERE id = ?1 AND account = ?2 RETURNING name", token, id, as: String.self)
    guard let name else { throw AccessFault.unknownToken(token) }
    return name
  }

  /// Removes what has ended.
  func deleteExpired(at now: Int64, idleSince: Int64) throws -> Int {
    try execute("DELETE FROM login_session WHERE expires_at <= ?1 OR seen_at <= ?2", now, idleSince)
      // Tokens stay to be seen for a month after their end.
      + execute("DELETE FROM access_token WHERE expires_at <= ?1", now - 30 * 86_400_000_000)
      + execute("DELETE FROM idempotency WHERE expires_at <= ?1", now)
  }
}
