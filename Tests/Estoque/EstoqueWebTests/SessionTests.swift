import EstoqueAccess
import EstoqueTestSupport
import HTTPTypes
import Testing

@testable import EstoqueWeb

@Suite(.timeLimit(.minutes(10)))
struct SessionTests {
  @Test(arguments: Backend.concurrent)
  func `a browser signs in, works and signs out`(_ backend: Backend) async throws {
    try await withServer(backend, { $0.company = "Padaria Boa" }) { server in
      var browser = Browser(server: server)
      #expect(try await browser.request(.get, "/api/session").status == 401)
      let answer = try await browser.signIn("operator")
      #expect(answer.status == 200 && answer.json["user"]["role"] == "operator")
      #expect(answer.json["company"] == "Padaria Boa")
      let cookie = try #require(answer.headers[.setCookie])
      for part in ["estoque_session=", "HttpOnly", "SameSite=Strict", "Path=/"] {
        #expect(cookie.contains(part))
      }
      #expect(!cookie.contains("Secure"))
      let session = try await browser.request(.get, "/api/session")
      #expect(session.json["csrf"].text == browser.csrf && session.json["user"]["login"] == "operator")
      #expect(
        try await browser.request(.post, "/api/products", ["code": "A", "name": "A"]).status == 201)
      #expect(try await browser.request(.post, "/api/logout").status == 204)
      #expect(try await browser.request(.get, "/api/session").status == 401)
    }
  }

  @Test
  func `a cookie behind TLS is marked as secure`() async throws {
    try await withServer(.sqliteFile, { $0.trustedProxies = ["127.0.0.0/8"] }) { server in
      let body: JSON = ["login": "viewer", "password": .string(TestServer.password)]
      let answer = try await server.post("/api/login", body, as: nil, headers: [.forwardedProto: "https"])
      #expect(answer.headers[.setCookie]?.hasSuffix("; Secure") == true)
    }
  }

  @Test
  func `wrong passwords are refused, then slowed down`() async throws {
    try await withServer(.sqliteFile, access: { $0.triesPerLogin = 3 }) { server in
      let wrong: JSON = ["login": "admin", "password": "errada-errada"]
      for _ in 0..<3 { #expect(try await server.post("/api/login", wrong, as: nil).status == 401) }
      let answer = try await server.post("/api/login", wrong, as: nil)
      #expect(answer.status == 429 && Int(answer.headers[.retryAfter] ?? "") ?? 0 > 0)
      #expect(answer.headers[.contentType] == "application/problem+json")
    }
  }

  @Test
  func `tokens are shown once, work and are revoked`() async throws {
    try await withServer { server in
      let made = try await server.post("/api/tokens", ["name": "caixa 1"], as: .viewer)
      #expect(made.status == 201)
      let secret = try #require(made.json["token"].text)
      let list = try await server.get("/api/tokens", as: .viewer)
      #expect(list.json["items"].elements?.count == 2 && !list.text.contains(secret))
      let bearer: HTTPFields = [.authorization: "Bearer \(secret)"]
      #expect(try await server.get("/api/products", as: nil, headers: bearer).status == 200)
      let path = try #require(made.headers[.location])
      #expect(try await server.request(.delete, path, as: .operator).status == 404)  // another's
      #expect(try await server.request(.delete, path, as: .viewer).status == 204)
      #expect(try await server.get("/api/products", as: nil, headers: bearer).status == 401)
      #expect(
        try await server.post("/api/tokens", ["name": "x", "expiresAt": "2001-01-01"], as: .viewer).status
          == 422)
    }
  }

  @Test
  func `administrators add and change people`() async throws {
    try await withServer { server in
      let new: JSON = ["login": "Bia", "name": "Bia Lima", "role": "viewer", "password": "verde-mar-alto"]
      let made = try await server.post("/api/users", new)
      #expect(made.status == 201 && made.json["login"] == "bia" && made.headers[.eTag] == "\"1\"")
      #expect(try await server.post("/api/users", new).status == 409)
      let path = try #require(made.headers[.location])
      #expect(try await server.request(.patch, path, ["role": "operator"]).status == 428)
      #expect(
        try await server.request(.patch, path, ["role": "operator"], headers: [.ifMatch: "\"9\""]).status
          == 412)
      let changed = try await server.request(.patch, path, ["role": "operator"], headers: [.ifMatch: "\"1\""])
      #expect(
        changed.status == 200 && changed.json["role"] == "operator" && changed.headers[.eTag] == "\"2\"")
      #expect(
        try await server.request(.patch, path, ["role": "chefe"], headers: [.ifMatch: "*"]).json["errors"][0][
          "field"]
          == "role")
      #expect(changed.json["createdAt"].text?.hasSuffix("Z") == true && changed.json["lastLogin"] == .null)
      var browser = Browser(server: server)
      _ = try await browser.signIn("bia", "verde-mar-alto")
      let seen = try await server.get(path)
      #expect(seen.json["lastLogin"].text?.hasSuffix("Z") == true && seen.json["version"] == 2)
      let users = try await server.get("/api/users?limit=2")
      #expect(users.json["items"].elements?.count == 2)
      let next = try #require(users.json["next"].text)
      #expect(try await server.get("/api/users?limit=2&after=\(next)").json["items"].elements?.count == 2)
      let audit = try await server.get("/api/audit?action=user.&limit=1")
      #expect(audit.json["items"][0]["action"] == "user.update" && audit.json["next"].text != nil)
      #expect(!audit.text.contains("verde-mar-alto"))
    }
  }

  @Test
  func `one's own password is changed with the present one`() async throws {
    try await withServer { server in
      var browser = Browser(server: server)
      _ = try await browser.signIn("viewer")
      let wrong = try await browser.request(
        .post, "/api/session/password", ["old": "errada-errada", "new": "nova-senha-boa"])
      #expect(wrong.status == 422 && wrong.json["errors"][0]["field"] == "old")
      let short = try await browser.request(
        .post, "/api/session/password", ["old": .string(TestServer.password), "new": "curta"])
      #expect(short.status == 422 && short.json["errors"][0]["field"] == "new")
      let right = try await browser.request(
        .post, "/api/session/password", ["old": .string(TestServer.password), "new": "nova-senha-boa"])
      #expect(right.status == 204)
      var other = Browser(server: server)
      #expect(try await other.signIn("viewer").status == 401)
      #expect(try await other.signIn("viewer", "nova-senha-boa").status == 200)
    }
  }

  @Test
  func `the log has no password, token or cookie`() async throws {
    try await withServer { server in
      var browser = Browser(server: server)
      _ = try await browser.signIn("admin")
      let csrf = try #require(browser.csrf)
      _ = try await browser.signIn("admin", "senha-que-nao-serve")
      let made = try await server.post("/api/tokens", ["name": "x"])
      _ = try await server.get("/api/products?search=\(made.json["token"].text ?? "")")
      _ = try await server.post(
        "/api/users", ["login": "zeca", "name": "Z", "role": "viewer", "password": "outra-senha-99"])
      let log = server.log.all.joined(separator: "\n")
      #expect(log.contains("request"))
      let token = try #require(made.json["token"].text)
      let secrets =
        [TestServer.password, "senha-que-nao-serve", "outra-senha-99", token, csrf] + server.tokens.values
      for secret in secrets { #expect(!log.contains(secret)) }
    }
  }
}
