import EstoqueDatabase
import EstoqueStock
import EstoqueTestSupport
import Revoada
import Synchronization
import Testing

@testable import EstoqueAccess

/// A clock that tests move.
final class TestClock: Sendable {
  private let moment = Atomic<Int64>(1_800_000_000_000_000)
  var now: Int64 { moment.load(ordering: .relaxed) }
  func advance(_ time: Duration) { moment.add(time.microseconds, ordering: .relaxed) }
}

let ana = NewAccount(login: "Ana", name: "Ana Souza", role: .admin, password: "sossego-azul")
let actor = Actor(login: "teste", address: "127.0.0.1", request: "1")

func withAccess(
  _ backend: Backend, _ change: (inout AccessConfiguration) -> Void = { _ in },
  _ body: (Access, Database, TestClock) async throws -> Void
) async throws {
  try await backend.withDatabase { database in
    try await database.migrate(Schema.migrations + AccessSchema.migrations)
    let clock = TestClock()
    var configuration = AccessConfiguration()
    configuration.cost = ScryptCost(logarithm: 10, parallelism: 1)
    configuration.clock = { clock.now }
    change(&configuration)
    try await body(try Access(database, configuration), database, clock)
  }
}

func fault<R>(_ body: () async throws -> R) async -> AccessFault? {
  do { _ = try await body() } catch { return error as? AccessFault }
  return nil
}

@Suite(.timeLimit(.minutes(10)))
struct AccessTests {
  @Test(arguments: Backend.concurrent)
  func `whoever signs in is known by the secret until they sign out`(_ backend: Backend) async throws {
    try await withAccess(backend) { access, database, _ in
      let account = try await access.createUser(ana, by: .command)
      #expect(account.login == "ana" && account.role == .admin && account.version == 1)
      let signIn = try await access.signIn(login: "ANA", password: ana.password, by: actor)
      let identity = try await access.identity(secret: signIn.secret)
      #expect(identity == signIn.identity && identity.account.id == account.id)
      guard case .session(let csrf) = identity.proof else {
        Issue.record("not a session")
        return
      }
      #expect(csrf.utf8.count == 43 && csrf != signIn.secret)
      try await access.signOut(secret: signIn.secret, by: actor)
      #expect(await fault { try await access.identity(secret: signIn.secret) } == .notSignedIn)
      let actions = try await database.read { try $0.auditEntries().map(\.action) }
      #expect(actions == ["session.end", "session.begin", "user.create"])
    }
  }

  @Test(arguments: Backend.concurrent)
  func `when somebody was added and signed in last is known`(_ backend: Backend) async throws {
    try await withAccess(backend) { access, database, clock in
      let made = clock.now
      let account = try await access.createUser(ana, by: .command)
      #expect(account.createdAt == made && account.lastLogin == nil)
      clock.advance(.seconds(60))
      let token = try await access.createToken(for: account, name: "caixa", expiresAt: nil, by: actor)
      _ = try await access.identity(token: token.secret)
      _ = await fault { try await access.signIn(login: "ana", password: "errada-errada", by: actor) }
      #expect(try await database.read { try $0.account(account.id) } == account)
      clock.advance(.seconds(60))
      let signIn = try await access.signIn(login: "ana", password: ana.password, by: actor)
      #expect(signIn.identity.account.lastLogin == clock.now)
      let stored = try #require(try await database.read { try $0.accounts().first })
      #expect(stored == signIn.identity.account && stored.createdAt == made && stored.version == 1)
    }
  }

  @Test(arguments: Backend.concurrent)
  func `last logins of earlier days are taken from the audit log`(_ backend: Backend) async throws {
    try await backend.withDatabase { database in
      let old = AccessSchema.migrations.filter { $0.version < 33 }
      try await database.migrate(Schema.migrations + old + [Migration(40, "of another part", "SELECT 1")])
      try await database.transaction { session in
        for login in ["ana", "bia"] {
          try session.execute(
            """
            INSERT INTO account (login, name, role, password, created_at, updated_at)
            VALUES (?1, ?1, 'viewer', '', 1, 1)
            """, login)
        }
        for (action, moment) in [("session.begin", 5), ("session.begin", 9), ("session.end", 11)] {
          try session.audit(
            action, "user:1", by: Actor(user: User.ID(rawValue: 1), login: "ana"), at: Int64(moment))
        }
      }
      let all = Schema.migrations + AccessSchema.migrations + [Migration(40, "of another part", "SELECT 1")]
      #expect(try await database.migrate(all) == [33])
      #expect(try await database.read { try $0.accounts().map(\.lastLogin) } == [9, nil])
    }
  }

  @Test(arguments: Backend.concurrent)
  func `nothing that is stored signs anybody in`(_ backend: Backend) async throws {
    try await withAccess(backend) { access, database, _ in
      let account = try await access.createUser(ana, by: .command)
      let signIn = try await access.signIn(login: "ana", password: ana.password, by: actor)
      let made = try await access.createToken(for: account, name: "caixa", expiresAt: nil, by: actor)
      let stored = try await database.read { session in
        try session.query(
          "SELECT password FROM account UNION ALL SELECT digest FROM login_session UNION ALL SELECT digest FROM access_token"
        ) { row in try row[0] as String }
      }
      #expect(stored.count == 3)
      for text in stored {
        #expect(!text.contains(ana.password) && text != signIn.secret && text != made.secret)
        #expect(await fault { try await access.identity(secret: text) } == .notSignedIn)
        #expect(await fault { try await access.identity(token: "est_" + text) } == .notSignedIn)
      }
    }
  }

  @Test(arguments: Backend.concurrent)
  func `a wrong login, a wrong password and a closed account look the same`(_ backend: Backend) async throws {
    try await withAccess(backend) { access, database, _ in
      try await access.createUser(ana, by: .command)
      let bia = try await access.createUser(
        NewAccount(login: "bia", name: "Bia", role: .viewer, password: "verde-mar-alto"), by: .command)
      try await access.updateUser(bia.id, version: 1, AccountChange(isActive: false), by: actor)
      for (login, password) in [
        ("ana", "errada-errada"), ("ninguem", ana.password), ("bia", "verde-mar-alto"), ("", ""),
        ("ana", String(repeating: "x", count: 100_000)), ("ana'--", "x"),
      ] {
        #expect(
          await fault { try await access.signIn(login: login, password: password, by: actor) }
            == .wrongCredentials)
      }
      let refused = try await database.read {
        try $0.auditEntries(AuditFilter(action: "session.refused"))
      }
      #expect(refused.count == 6)
    }
  }

  @Test
  func `sessions end by idleness and by age, tokens by age`() async throws {
    try await withAccess(.sqliteFile, { $0.rememberedFor = .microseconds(1) }) { access, _, clock in
      let account = try await access.createUser(ana, by: .command)
      let idle = try await access.signIn(login: "ana", password: ana.password, by: actor).secret
      let used = try await access.signIn(login: "ana", password: ana.password, by: actor).secret
      let token = try await access.createToken(
        for: account, name: "x", expiresAt: clock.now + 86_400_000_000, by: actor
      ).secret
      _ = try await access.identity(token: token)
      for _ in 0..<2 {
        clock.advance(.seconds(5 * 3600))
        _ = try await access.identity(secret: used)
      }
      #expect(await fault { try await access.identity(secret: idle) } == .notSignedIn)
      clock.advance(.seconds(4 * 3600))
      _ = try await access.identity(token: token)
      clock.advance(.seconds(10 * 3600))
      #expect(await fault { try await access.identity(token: token) } == .notSignedIn)
      let late = try await access.signIn(login: "ana", password: ana.password, by: actor).secret
      for _ in 0..<33 {
        clock.advance(.seconds(5 * 3600))
        _ = try await access.identity(secret: late)
      }
      clock.advance(.seconds(5 * 3600))  // a week and two hours
      #expect(await fault { try await access.identity(secret: late) } == .notSignedIn)
    }
  }

  @Test(arguments: Backend.concurrent)
  func `a change of an account is noticed at once`(_ backend: Backend) async throws {
    try await withAccess(backend) { access, _, _ in
      try await access.createUser(ana, by: .command)
      let bia = try await access.createUser(
        NewAccount(login: "bia", name: "Bia", role: .operator, password: "verde-mar-alto"), by: .command)
      let session = try await access.signIn(login: "bia", password: "verde-mar-alto", by: actor).secret
      let token = try await access.createToken(for: bia, name: "x", expiresAt: nil, by: actor)
      #expect(try await access.identity(secret: session).account.role == .operator)
      let viewer = try await access.updateUser(bia.id, version: 1, AccountChange(role: .viewer), by: actor)
      #expect(viewer.version == 2)
      #expect(try await access.identity(secret: session).account.role == .viewer)
      #expect(
        await fault {
          try await access.updateUser(bia.id, version: 1, AccountChange(name: "B"), by: actor)
        } == .outdated(login: "bia"))
      try await access.updateUser(bia.id, version: 2, AccountChange(password: "outra-senha-boa"), by: actor)
      #expect(await fault { try await access.identity(secret: session) } == .notSignedIn)
      #expect(try await access.identity(token: token.secret).account.id == bia.id)
      try await access.deleteToken(token.token.id, of: bia, by: actor)
      #expect(await fault { try await access.identity(token: token.secret) } == .notSignedIn)
      #expect(
        await fault { try await access.deleteToken(token.token.id, of: bia, by: actor) }
          == .unknownToken(token.token.id))
    }
  }

  @Test(arguments: Backend.concurrent)
  func `one's own new password ends the other sessions`(_ backend: Backend) async throws {
    try await withAccess(backend) { access, _, _ in
      let account = try await access.createUser(ana, by: .command)
      let mine = try await access.signIn(login: "ana", password: ana.password, by: actor).secret
      let other = try await access.signIn(login: "ana", password: ana.password, by: actor).secret
      #expect(
        await fault {
          try await access.changePassword(
            of: account, from: "errada-errada", to: "nova-senha-boa", session: mine, by: actor)
        } == .wrongPassword)
      #expect(
        await fault {
          try await access.changePassword(
            of: account, from: ana.password, to: "curta", session: mine, by: actor)
        } == .passwordTooShort(least: 10))
      try await access.changePassword(
        of: account, from: ana.password, to: "nova-senha-boa", session: mine, by: actor)
      _ = try await access.identity(secret: mine)
      #expect(await fault { try await access.identity(secret: other) } == .notSignedIn)
      _ = try await access.signIn(login: "ana", password: "nova-senha-boa", by: actor)
    }
  }

  @Test(arguments: Backend.concurrent)
  func `the last administrator stays, even if two demote each other`(_ backend: Backend) async throws {
    try await withAccess(backend) { access, database, _ in
      let first = try await access.createUser(ana, by: .command)
      #expect(
        await fault {
          try await access.updateUser(first.id, version: 1, AccountChange(role: .viewer), by: actor)
        } == .lastAdmin)
      let second = try await access.createUser(
        NewAccount(login: "caio", name: "Caio", role: .admin, password: "laranja-doce"), by: .command)
      async let one = fault {
        try await access.updateUser(first.id, version: 1, AccountChange(role: .viewer), by: actor)
      }
      async let two = fault {
        try await access.updateUser(second.id, version: 1, AccountChange(isActive: false), by: actor)
      }
      let faults = await [one, two]
      #expect(faults.filter { $0 == .lastAdmin }.count == 1)
      let admins = try await database.read { session in
        try session.accounts().filter { $0.role == .admin && $0.isActive }.count
      }
      #expect(admins == 1)
    }
  }

  @Test(
    arguments: [
      (NewAccount(login: "an", name: "A", role: .viewer, password: "sossego-azul"), AccessFault.invalidLogin),
      (NewAccount(login: "joão", name: "A", role: .viewer, password: "sossego-azul"), .invalidLogin),
      (NewAccount(login: "a b c", name: "A", role: .viewer, password: "sossego-azul"), .invalidLogin),
      (NewAccount(login: "joao", name: "  ", role: .viewer, password: "sossego-azul"), .invalidName),
      (NewAccount(login: "joao", name: "A\nB", role: .viewer, password: "sossego-azul"), .invalidName),
      (NewAccount(login: "joao", name: "A", role: .viewer, password: "curta"), .passwordTooShort(least: 10)),
      (
        NewAccount(login: "joao", name: "A", role: .viewer, password: String(repeating: "çã", count: 100)),
        .passwordTooLong(most: 256)
      ),
      (NewAccount(login: "joao", name: "A", role: .viewer, password: "xJOAOx1234"), .passwordTooSimple),
      (NewAccount(login: "joao", name: "A", role: .viewer, password: "aaaaaaaaaaaa"), .passwordTooSimple),
      (NewAccount(login: "ANA", name: "A", role: .viewer, password: "sossego-azul"), .loginTaken("ana")),
    ])
  func `accounts that cannot be are refused with a reason`(_ new: NewAccount, _ reason: AccessFault)
    async throws
  {
    try await withAccess(.sqliteMemory) { access, _, _ in
      try await access.createUser(ana, by: .command)
      #expect(await fault { try await access.createUser(new, by: .command) } == reason)
      #expect(!reason.description.isEmpty)
    }
  }

  @Test
  func `a password is computed anew when the cost has been raised`() async throws {
    try await withAccess(.sqliteFile) { access, database, _ in
      try await access.createUser(ana, by: .command)
      var dearer = access.configuration
      dearer.cost.logarithm = 11
      let later = try Access(database, dearer)
      _ = try await later.signIn(login: "ana", password: ana.password, by: actor)
      let stored = try await database.read { try $0.credentials(login: "ana")?.password?.cost }
      #expect(stored == dearer.cost)
      _ = try await access.signIn(login: "ana", password: ana.password, by: actor)
    }
  }

  @Test
  func `tokens live no longer than they may`() async throws {
    try await withAccess(.sqliteMemory) { access, _, clock in
      let account = try await access.createUser(ana, by: .command)
      for end in [clock.now, clock.now - 1, clock.now + Duration.seconds(367 * 86_400).microseconds] {
        #expect(
          await fault { try await access.createToken(for: account, name: "x", expiresAt: end, by: actor) }
            == .tokenTime(most: .seconds(366 * 86_400)))
      }
    }
  }

  @Test
  func `the log cannot be changed`() async throws {
    for backend in Backend.concurrent {
      try await withAccess(backend) { access, database, _ in
        try await access.createUser(ana, by: .command)
        for statement in ["UPDATE audit SET detail = 'x'", "DELETE FROM audit"] as [SQL] {
          await #expect(throws: DatabaseError.self) {
            try await database.transaction { try $0.execute(statement) }
          }
        }
      }
    }
  }

  @Test
  func `settings that make no sense are refused`() {
    var configuration = AccessConfiguration()
    configuration.cost.logarithm = 40
    #expect(throws: InvalidSetting.self) { try configuration.validate() }
    configuration = AccessConfiguration()
    configuration.idleTime = .zero
    #expect(throws: InvalidSetting.self) { try configuration.validate() }
    configuration = AccessConfiguration()
    configuration.passwordLength = 4
    #expect(throws: InvalidSetting.self) { try configuration.validate() }
  }
}
