import EstoqueDatabase
import EstoqueStock

extension Session {
  static let accountColumns: SQL = """
    account.id, account.login, account.name, account.role, account.active, account.version, account.created_at,
    account.last_login
    """

  static func account(_ row: borrowing Row) throws -> Account {
    Account(
      id: try row[0], login: try row[1], name: try row[2], role: try row[3], isActive: try row[4],
      version: try row[5], createdAt: try row[6], lastLogin: try row[7])
  }

  /// An account by its number.
  public func account(_ id: User.ID) throws -> Account? {
    try first("SELECT \(Self.accountColumns) FROM account WHERE id = ?1", id, decode: Self.account)
  }

  /// The accounts in the order of their numbers.
  public func accounts(limit: Int = 50, after: User.ID? = nil) throws -> [Account] {
    try query(
      "SELECT \(Self.accountColumns) FROM account WHERE id > ?1 ORDER BY id LIMIT ?2", after?.rawValue ?? 0,
      limit, decode: Self.account)
  }

  /// An account and its stored password, by its login.
  func credentials(login: String) throws -> (account: Account, password: PasswordHash?)? {
    try first(
      "SELECT \(Self.accountColumns), password FROM account WHERE login = ?1", login
    ) { row in (try Self.account(row), PasswordHash(stored: try row[8])) }
  }

  func insertAccount(_ new: NewAccount, login: String, password: PasswordHash, at now: Int64) throws
    -> Account
  {
    do {
      let id = try savepoint {
        try value(
          """
          INSERT INTO account (login, name, role, password, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?5)
          RETURNING id
          """, login, new.name, new.role, "\(password)", now, as: User.ID.self)
      }
      return Account(
        id: id.unsafelyUnwrapped,  // an INSERT returns its row
        login: login, name: new.name, role: new.role, isActive: true, version: 1, createdAt: now)
    } catch let error as DatabaseError where error.violation?.name == "account_login_key" {
      throw AccessFault.loginTaken(login)
    }
  }

  /// Changes an account as it was read; never so that no active administrator is left.
  func updateAccount(_ account: Account, password: PasswordHash?, at now: Int64) throws -> Account {
    if dialect == .postgres {
      // Two administrators who demote each other at the same time wait for each other here.
      _ = try query("SELECT id FROM account WHERE role = 'admin' ORDER BY id \(.forUpdate)") { _ in () }
    }
    let changed = try execute(
      """
      UPDATE account SET name = ?1, role = ?2, active = ?3, password = COALESCE(?4, password), updated_at = ?5,
        version = version + 1
      WHERE id = ?6 AND version = ?7
      """, account.name, account.role, account.isActive, password.map { "\($0)" }, now, account.id,
      account.version)
    if changed == 0 { throw AccessFault.outdated(login: account.login) }
    let admins = try value(
      "SELECT COUNT(*) FROM account WHERE role = 'admin' AND active = TRUE", as: Int.self)
    if admins == 0 { throw AccessFault.lastAdmin }
    if password != nil || !account.isActive { try endSessions(of: account.id, but: nil) }
    return try self.account(account.id) ?? account
  }

  /// Notes that somebody has signed in.
  func noteLogin(of id: User.ID, at now: Int64) throws {
    try execute("UPDATE account SET last_login = ?1 WHERE id = ?2", now, id)
  }

  /// A password that was computed anew, at a higher cost, while its owner signed in.
  func updatePassword(of id: User.ID, _ password: PasswordHash) throws {
    try execute("UPDATE account SET password = ?1 WHERE id = ?2", "\(password)", id)
  }

  func endSessions(of id: User.ID, but digest: String?) throws {
    try execute("DELETE FROM login_session WHERE account = ?1 AND digest <> ?2", id, digest ?? "")
  }
}
