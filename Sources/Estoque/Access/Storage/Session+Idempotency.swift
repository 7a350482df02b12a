import EstoqueDatabase
import EstoqueStock

/// A request that its client may send again without its being done twice: who sends it, under which key.
public struct RepeatableRequest: Sendable, Equatable {
  /// Who sends it.
  public let user: User.ID
  /// The client's key.
  public let key: String
  /// A digest of the whole request: another request must have another key.
  public let digest: String
  /// Who works on it; only they may store the answer.
  public let claim: String

  /// Describes a request.
  public init(user: User.ID, key: String, digest: String, claim: String) {
    (self.user, self.key, self.digest, self.claim) = (user, key, digest, claim)
  }
}

/// The answer to a request, to be given again.
public struct StoredAnswer: Sendable, Equatable {
  /// The status.
  public let status: Int
  /// Header fields, a line each.
  public let headers: String
  /// The body.
  public let body: [UInt8]

  /// Describes an answer.
  public init(status: Int, headers: String, body: [UInt8]) {
    (self.status, self.headers, self.body) = (status, headers, body)
  }
}

/// What is to be done with a request.
public enum RepeatableClaim: Sendable, Equatable {
  /// Do it.
  case proceed
  /// It has been done; this was the answer.
  case answered(StoredAnswer)
  /// Somebody is doing it.
  case underWay
  /// The key was used for something else.
  case otherRequest
}

extension Session {
  /// Claims a request for as long as it may take. A claim whose time is over, since its process was killed, is taken over.
  public func claim(_ request: RepeatableRequest, at now: Int64, until end: Int64, keepUntil: Int64) throws
    -> RepeatableClaim
  {
    let claimed = try execute(
      """
      INSERT INTO idempotency (account, key, digest, claim, claimed_until, expires_at)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6)
      ON CONFLICT (account, key) DO UPDATE SET digest = excluded.digest, claim = excluded.claim,
        claimed_until = excluded.claimed_until, expires_at = excluded.expires_at, status = NULL, headers = '', body = NULL
      WHERE idempotency.expires_at <= ?7
        OR (idempotency.status IS NULL AND idempotency.claimed_until <= ?7 AND idempotency.digest = excluded.digest)
      """, request.user, request.key, request.digest, request.claim, end, keepUntil, now)
    if claimed > 0 { return .proceed }
    let found = try first(
      "SELECT digest, status, headers, body FROM idempotency WHERE account = ?1 AND key = ?2", request.user,
      request.key
    ) { row -> RepeatableClaim in
      if try row[0] != request.digest { return .otherRequest }
      guard let status: Int = try row[1] else { return .underWay }
      return .answered(StoredAnswer(status: status, headers: try row[2], body: try row[3] as [UInt8]? ?? []))
    }
    return found ?? .underWay  // given up in between
  }

  /// Stores the answer: in the transaction that does what was asked for, so that there is never one without the other.
  /// - Returns: false if somebody else has taken the request over, who will answer it: then do not commit.
  public func store(_ answer: StoredAnswer, to request: RepeatableRequest) throws -> Bool {
    try execute(
      """
      UPDATE idempotency SET status = ?1, headers = ?2, body = ?3
      WHERE account = ?4 AND key = ?5 AND claim = ?6 AND status IS NULL
      """, answer.status, answer.headers, answer.body, request.user, request.key, request.claim) > 0
  }

  /// Forgets a claim: nothing was done, and the next attempt may do it.
  public func abandon(_ request: RepeatableRequest) throws {
    try execute(
      "DELETE FROM idempotency WHERE account = ?1 AND key = ?2 AND claim = ?3 AND status IS NULL",
      request.user,
      request.key, request.claim)
  }
}
