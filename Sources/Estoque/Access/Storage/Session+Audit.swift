import EstoqueDatabase
import EstoqueStock

/// A line of the audit log.
public struct AuditEntry: Sendable, Equatable {
  /// Its number.
  public let id: Int64
  /// When, in microseconds since 1970 in UTC.
  public let happenedAt: Int64
  /// Who, from where.
  public let actor: Actor
  /// What was done: `product.update`.
  public let action: String
  /// To what: `product:17`.
  public let subject: String
  /// How, for people; without secrets.
  public let detail: String
}

/// Which lines of the audit log are wanted; nil for any.
public struct AuditFilter: Sendable {
  /// From this moment on.
  public var from: Int64?
  /// Before this moment.
  public var to: Int64?
  /// Of this account.
  public var user: User.ID?
  /// Actions that begin so.
  public var action: String?

  /// All lines.
  public init(from: Int64? = nil, to: Int64? = nil, user: User.ID? = nil, action: String? = nil) {
    (self.from, self.to, self.user, self.action) = (from, to, user, action)
  }
}

extension Session {
  /// Notes what somebody does, in the transaction that does it: there is never one without the other.
  ///
  /// - Parameters:
  ///   - action: what is done: `product.update`.
  ///   - subject: to what: `product:17`.
  ///   - detail: how, for people; without secrets.
  ///   - actor: who does it.
  ///   - moment: when.
  public func audit(
    _ action: String, _ subject: String, _ detail: String = "", by actor: Actor, at moment: Int64
  ) throws {
    try execute(
      """
      INSERT INTO audit (happened_at, account, login, action, subject, detail, address, request)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
      """, moment, actor.user, actor.login, action, subject, detail, actor.address, actor.request)
  }

  /// The lines of the audit log, the latest first.
  public func auditEntries(_ filter: AuditFilter = AuditFilter(), limit: Int = 50, before: Int64? = nil)
    throws -> [AuditEntry]
  {
    try query(
      """
      SELECT id, happened_at, account, login, action, subject, detail, address, request FROM audit
      WHERE id < ?1 AND happened_at >= ?2 AND happened_at < ?3
        AND (CAST(?4 AS BIGINT) IS NULL OR account = ?4)
        AND (CAST(?5 AS TEXT) IS NULL OR SUBSTR(action, 1, LENGTH(CAST(?5 AS TEXT))) = ?5)
      ORDER BY id DESC LIMIT ?6
      """, before ?? .max, filter.from ?? .min, filter.to ?? .max, filter.user, filter.action, limit
    ) { row in
      AuditEntry(
        id: try row[0], happenedAt: try row[1],
        actor: Actor(user: try row[2], login: try row[3], address: try row[7], request: try row[8]),
        action: try row[4], subject: try row[5], detail: try row[6])
    }
  }
}
