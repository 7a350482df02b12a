import EstoqueAccess
import EstoqueStock
import Hummingbird

extension RouteTable {
  static let sessions: [Route] = [
    .post(
      "/api/login", .everyone, body: .json("Login"),
      Operation("login", "Entra com usuário e senha; a sessão fica no cookie.", .json("SignedIn"))
    ) { call in
      let (login, password) = try call.form { ($0.secret("login"), $0.secret("password")) }
      let signIn = try await call.server.access.signIn(login: login, password: password, by: call.actor)
      var reply = Reply.json(signedIn(signIn.identity, call))
      let time = (signIn.identity.expiresAt - call.now) / 1_000_000
      reply.headers[.setCookie] = SessionCookie.set(signIn.secret, for: time, isSecure: call.origin.isSecure)
      return reply
    },
    .post("/api/logout", .viewer, Operation("logout", "Sai; a sessão termina.", status: 204, .nothing)) {
      call in
      if let secret = SessionCookie.secret(call.headers) {
        try await call.server.access.signOut(secret: secret, by: call.actor)
      }
      var reply = Reply.nothing
      reply.headers[.setCookie] = SessionCookie.set("", for: 0, isSecure: call.origin.isSecure)
      return reply
    },
    .get("/api/session", .viewer, Operation("session", "Quem está conectado.", .json("SignedIn"))) { call in
      guard let identity = call.identity else { throw Problem.unauthenticated }
      return .json(signedIn(identity, call))
    },
    .post(
      "/api/session/password", .viewer, body: .json("PasswordChange"),
      Operation("changePassword", "Troca a própria senha; as outras sessões terminam.", status: 204, .nothing)
    ) { call in
      let (old, new) = try call.form { ($0.secret("old"), $0.secret("new")) }
      do {
        try await call.server.access.changePassword(
          of: try call.account(), from: old, to: new, session: SessionCookie.secret(call.headers),
          by: call.actor)
      } catch let fault as AccessFault {
        let problem = fault.problem
        throw problem.fields.first?.field == "password" ? .invalid("new", fault.description) : problem
      }
      return .nothing
    },
  ]

  private static func signedIn(_ identity: Identity, _ call: Call) -> JSON {
    let csrf: String? = if case .session(let csrf) = identity.proof { csrf } else { nil }
    return [
      "user": user(identity.account), "csrf": JSON(csrf), "expiresAt": moment(identity.expiresAt),
      "company": .string(call.server.configuration.company),
    ]
  }

  static func user(_ account: Account) -> JSON {
    [
      "id": .integer(account.id.rawValue), "login": .string(account.login), "name": .string(account.name),
      "role": .string(account.role.rawValue),
    ]
  }

  // MARK: Tokens

  static let tokens: [Route] = [
    .get(
      "/api/tokens", .viewer, Operation("listTokens", "As próprias chaves de acesso.", paging, .page("Token"))
    ) { call in
      let (limit, after) = try call.query { ($0.limit(), $0.cursor()) }
      let account = try call.account()
      let first = try after.map { try Cursor.number($0.parts(1)[0]) } ?? 0
      let rows = try await call.read { try $0.tokens(of: account.id, limit: limit + 1, after: first) }
      return .json(page(Page(rows, limit: limit) { Cursor("\($0.id)") }, token))
    },
    .post(
      "/api/tokens", .viewer, body: .json("NewToken"),
      Operation(
        "createToken", "Cria uma chave de acesso; o segredo só aparece aqui.", status: 201,
        .json("CreatedToken"))
    ) { call in
      let (name, end) = try call.form { ($0.text("name", 1...120), $0.moment("expiresAt")) }
      let made = try await call.server.access.createToken(
        for: try call.account(), name: name, expiresAt: end, by: call.actor)
      return .created(
        token(made.token).with(["token": .string(made.secret)]), at: "/api/tokens/\(made.token.id)")
    },
    .delete(
      "/api/tokens/{id}", .viewer,
      Operation("deleteToken", "Revoga uma chave de acesso.", status: 204, .nothing)
    ) { call in
      let id: Identifier<AccessToken> = try call.identifier()
      try await call.server.access.deleteToken(id.rawValue, of: try call.account(), by: call.actor)
      return .nothing
    },
  ]

  private static func token(_ token: AccessToken) -> JSON {
    [
      "id": .integer(token.id), "name": .string(token.name), "createdAt": moment(token.createdAt),
      "expiresAt": moment(token.expiresAt), "usedAt": moment(token.usedAt),
    ]
  }

  // MARK: Users

  static let users: [Route] = [
    .get("/api/users", .admin, Operation("listUsers", "Os usuários.", paging, .page("User"))) { call in
      let (limit, after) = try call.query { ($0.limit(), $0.cursor()) }
      let first = try after.map { User.ID(rawValue: try Cursor.number($0.parts(1)[0])) }
      let rows = try await call.read { try $0.accounts(limit: limit + 1, after: first) }
      return .json(page(Page(rows, limit: limit) { Cursor("\($0.id)") }, fullUser))
    },
    .post(
      "/api/users", .admin, body: .json("NewUser"),
      Operation("createUser", "Cria um usuário.", status: 201, .json("User"), isVersioned: true)
    ) { call in
      let new = try call.form { fields in
        NewAccount(
          login: fields.text("login", 3...64), name: fields.text("name", 1...120),
          role: fields.requiredChoice("role", Role.viewer), password: fields.secret("password"))
      }
      let prepared = try await call.server.access.prepare(new)
      let (actor, now) = (call.actor, call.now)
      let account = try await call.server.database.transaction { session in
        let account = try session.create(prepared, by: actor, at: now)
        let reply = created(account)
        if let repeatable = call.repeatable, let answer = reply.stored,
          try !session.store(answer, to: repeatable)
        {
          throw Problem.underWay
        }
        return account
      }
      return created(account)
    },
    .get("/api/users/{id}", .admin, Operation("getUser", "Um usuário.", .json("User"), isVersioned: true)) {
      call in
      let id: User.ID = try call.identifier()
      guard let account = try await call.read({ try $0.account(id) }) else { throw Problem.notFound }
      return .json(fullUser(account)).tagged(ETag(version: account.version))
    },
    .patch(
      "/api/users/{id}", .admin, body: .json("UserChange"),
      Operation(
        "updateUser", "Altera um usuário; o que falta fica como está.", .json("User"), isVersioned: true)
    ) { call in
      let id: User.ID = try call.identifier()
      let change = try call.form { fields in
        AccountChange(
          name: fields.optionalText("name", 1...120), role: fields.choice("role", Role.self),
          isActive: fields.flag("active"), password: fields.optionalSecret("password"))
      }
      let expected = try ETag.expected(call.headers)
      guard let before = try await call.read({ try $0.account(id) }) else { throw Problem.notFound }
      try expected.check(before.version)
      let account = try await call.server.access.updateUser(
        id, version: before.version, change, by: call.actor)
      return .json(fullUser(account)).tagged(ETag(version: account.version))
    },
    .get(
      "/api/audit", .admin,
      Operation(
        "listAudit", "O registro de quem fez o quê, do mais recente ao mais antigo.",
        range + [
          Operation.Parameter(name: "user", schema: Schemas.id, about: "De um usuário"),
          Operation.Parameter(name: "action", schema: Schemas.text(64), about: "Ações que começam assim"),
        ] + paging, .page("AuditEntry"))
    ) { call in
      let days = call.server.reports.days
      let (filter, limit, after) = try call.query { fields in
        let (from, to) = fields.range(days)
        return (
          AuditFilter(
            from: from, to: to, user: fields.optionalIdentifier("user"),
            action: fields.optionalText("action", 1...64)), fields.limit(), fields.cursor()
        )
      }
      let before = try after.map { try Cursor.number($0.parts(1)[0]) }
      let rows = try await call.read { try $0.auditEntries(filter, limit: limit + 1, before: before) }
      return .json(page(Page(rows, limit: limit) { Cursor("\($0.id)") }, entry))
    },
  ]

  private static func created(_ account: Account) -> Reply {
    .created(fullUser(account), at: "/api/users/\(account.id)").tagged(ETag(version: account.version))
  }

  static func fullUser(_ account: Account) -> JSON {
    user(account).with([
      "active": .bool(account.isActive), "version": .integer(Int64(account.version)),
      "createdAt": moment(account.createdAt), "lastLogin": moment(account.lastLogin),
    ])
  }

  private static func entry(_ entry: AuditEntry) -> JSON {
    [
      "id": .integer(entry.id), "happenedAt": moment(entry.happenedAt),
      "user": JSON(entry.actor.user?.rawValue), "login": .string(entry.actor.login),
      "action": .string(entry.action), "subject": .string(entry.subject), "detail": .string(entry.detail),
      "address": .string(entry.actor.address), "request": .string(entry.actor.request),
    ]
  }
}
