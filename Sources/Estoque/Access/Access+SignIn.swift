import EstoqueDatabase
import EstoqueStock
import Revoada

extension Access {
  /// How exact the time of the last use is, in microseconds: a request seldom writes.
  private static let touchInterval: Int64 = 60_000_000

  /// Checks a login and a password, and begins a session.
  ///
  /// Takes as long for a login that does not exist as for a wrong password. What fails is in the audit log as well.
  ///
  /// - Throws: ``AccessFault/wrongCredentials``, ``AccessFault/tooManyTries(retryAfter:)``; what the database throws.
  public func signIn(login: String, password: String, by actor: Actor) async throws -> SignIn {
    let canonical = (try? AccountRules.canonical(login: login)) ?? ""
    var actor = actor
    actor.login = canonical
    do { try throttle.admit(login: canonical, address: actor.address) } catch {
      instruments.logger.warning(
        "too many tries to sign in", metadata: ["login": "\(canonical)", "address": "\(actor.address)"])
      throw error
    }
    let found = try await database.read { try $0.credentials(login: canonical) }
    // What is too long to be a password need not be computed with.
    let tried = password.utf8.count <= AccountRules.longestPassword ? password : ""
    let isRight = try await hasher.matches(tried, found?.password)
    guard let found, isRight, found.account.isActive else {
      actor.user = found?.account.id
      try await note("session.refused", by: actor)
      throw AccessFault.wrongCredentials
    }
    let renewed = found.password?.cost == hasher.cost ? nil : try await hasher.hash(tried)
    let (secret, now) = (Secret(), self.now)
    var account = found.account
    account.lastLogin = now
    let end = now + configuration.sessionTime.microseconds
    actor.user = account.id
    try await database.transaction { [actor, account] session in
      if let renewed { try session.updatePassword(of: account.id, renewed) }
      try session.noteLogin(of: account.id, at: now)
      try session.insertSession(secret.digest, of: account.id, from: actor.address, at: now, until: end)
      try session.audit("session.begin", "user:\(account.id)", by: actor, at: now)
    }
    return SignIn(
      secret: secret.text,
      identity: Identity(account: account, proof: .session(csrf: secret.csrf), expiresAt: end))
  }

  private func note(_ action: String, by actor: Actor) async throws {
    let now = self.now
    try await database.transaction { session in
      try session.audit(action, actor.user.map { "user:\($0)" } ?? "user", by: actor, at: now)
    }
  }

  /// Ends a session.
  public func signOut(secret: String, by actor: Actor) async throws {
    guard let secret = Secret(sent: secret) else { throw AccessFault.notSignedIn }
    let now = self.now
    try await database.transaction { session in
      if let account = try session.deleteSession(secret.digest) { session.forget(account) }
      try session.audit(
        "session.end", actor.user.map { "user:\($0)" } ?? "user", by: actor, at: now)
    }
  }

  /// Who a session belongs to.
  /// - Throws: ``AccessFault/notSignedIn``; what the database throws.
  public func identity(secret: String) async throws -> Identity {
    guard let secret = Secret(sent: secret) else { throw AccessFault.notSignedIn }
    let digest = secret.digest
    return try await remembered(digest) {
      .session(csrf: secret.csrf)
    } lookup: { [configuration] now in
      let oldest = now - configuration.idleTime.microseconds
      return Lookup(
        find: { try $0.session(digest) }, isAlive: { $0.usedAt > oldest },
        touch: { try $0.touchSession(digest, at: now) })
    }
  }

  /// Who a token belongs to.
  /// - Throws: ``AccessFault/notSignedIn``; what the database throws.
  public func identity(token: String) async throws -> Identity {
    guard token.hasPrefix(Secret.tokenPrefix), let secret = Secret(sent: token) else {
      throw AccessFault.notSignedIn
    }
    let digest = secret.digest
    return try await remembered(digest) {
      .token
    } lookup: { now in
      Lookup(
        find: { try $0.token(digest) }, isAlive: { _ in true }, touch: { try $0.touchToken(digest, at: now) })
    }
  }

  private struct Lookup: Sendable {
    let find: @Sendable (Session) throws -> StoredCredential?
    let isAlive: @Sendable (StoredCredential) -> Bool
    let touch: @Sendable (Session) throws -> Void
  }

  private func remembered(
    _ digest: String, proof: @escaping @Sendable () -> Identity.Proof,
    lookup: @escaping @Sendable (Int64) -> Lookup
  ) async throws -> Identity {
    if let identity = known.get(digest) {
      if identity.expiresAt <= now { throw AccessFault.notSignedIn }
      return identity
    }
    return try await known.get(digest) { [database, configuration] in
      let now = configuration.clock()
      let lookup = lookup(now)
      guard let stored = try await database.read(lookup.find), stored.account.isActive,
        stored.expiresAt > now, lookup.isAlive(stored)
      else { throw AccessFault.notSignedIn }
      if now - stored.usedAt > Self.touchInterval { try await database.transaction(lookup.touch) }
      return TaggedValue(
        Identity(account: stored.account, proof: proof(), expiresAt: stored.expiresAt),
        tags: [Self.tag(stored.account.id)])
    }
  }
}
