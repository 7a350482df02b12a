import EstoqueDatabase
import EstoqueStock

extension Access {
  /// Adds somebody.
  /// - Throws: ``AccessFault``; what the database throws.
  @discardableResult
  public func createUser(_ new: NewAccount, by actor: Actor) async throws -> Account {
    let prepared = try await prepare(new)
    let now = self.now
    return try await database.transaction { try $0.create(prepared, by: actor, at: now) }
  }

  /// Checks a new account and computes its password, outside of any transaction.
  /// - Throws: ``AccessFault``.
  public func prepare(_ new: NewAccount) async throws -> PreparedAccount {
    let login = try AccountRules.canonical(login: new.login)
    try AccountRules.check(name: new.name)
    try rules.check(password: new.password, login: login)
    return PreparedAccount(new: new, login: login, password: try await hasher.hash(new.password))
  }

  /// Changes somebody, whose version must be the one that was read. A new password or the end of their use ends their sessions.
  /// - Throws: ``AccessFault``; what the database throws.
  @discardableResult
  public func updateUser(_ id: User.ID, version: Int?, _ change: AccountChange, by actor: Actor) async throws
    -> Account
  {
    let before = try await database.read { try $0.account(id) }
    guard let before else { throw AccessFault.unknownAccount(id) }
    if let version, version != before.version { throw AccessFault.outdated(login: before.login) }
    if let name = change.name { try AccountRules.check(name: name) }
    if let password = change.password { try rules.check(password: password, login: before.login) }
    let password: PasswordHash? =
      if let password = change.password { try await hasher.hash(password) } else { nil }
    var after = before
    after.name = change.name ?? before.name
    after.role = change.role ?? before.role
    after.isActive = change.isActive ?? before.isActive
    let (changed, now) = (after, self.now)
    let what = [
      change.name.map { "name=\($0)" }, change.role.map { "role=\($0.rawValue)" },
      change.isActive.map { "active=\($0)" }, change.password == nil ? nil : "password",
    ].compactMap(\.self).joined(separator: " ")
    return try await database.transaction { session in
      let result = try session.updateAccount(changed, password: password, at: now)
      session.forget(id)
      try session.audit("user.update", "user:\(id)", what, by: actor, at: now)
      return result
    }
  }

  /// Changes one's own password, which ends all one's other sessions.
  ///
  /// Guessing the present one is slowed down as signing in is.
  ///
  /// - Throws: ``AccessFault``; what the database throws.
  public func changePassword(
    of account: Account, from old: String, to new: String, session secret: String?, by actor: Actor
  ) async throws {
    try throttle.admit(login: account.login, address: actor.address)
    let found = try await database.read { try $0.credentials(login: account.login) }
    guard old.utf8.count <= AccountRules.longestPassword,
      try await hasher.matches(old, found?.password)
    else { throw AccessFault.wrongPassword }
    try rules.check(password: new, login: account.login)
    let password = try await hasher.hash(new)
    let (now, digest) = (self.now, secret.flatMap(Secret.init(sent:))?.digest)
    try await database.transaction { session in
      try session.updatePassword(of: account.id, password)
      try session.endSessions(of: account.id, but: digest)
      session.forget(account.id)
      try session.audit("user.password", "user:\(account.id)", by: actor, at: now)
    }
  }
}

/// An account that has been checked, with its password computed.
public struct PreparedAccount: Sendable {
  let new: NewAccount
  let login: String
  let password: PasswordHash
}

extension Session {
  /// Adds somebody.
  /// - Throws: ``AccessFault/loginTaken(_:)``.
  public func create(_ prepared: PreparedAccount, by actor: Actor, at now: Int64) throws -> Account {
    let account = try insertAccount(
      prepared.new, login: prepared.login, password: prepared.password, at: now)
    let what = "login=\(account.login) role=\(account.role.rawValue)"
    try audit("user.create", "user:\(account.id)", what, by: actor, at: now)
    return account
  }
}
