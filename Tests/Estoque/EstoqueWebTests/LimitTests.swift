import EstoqueAccess
import EstoqueTestSupport
import Foundation
import HTTPTypes
import Hummingbird
import Revoada
import Testing

@testable import EstoqueWeb

@Suite(.timeLimit(.minutes(10)))
struct LimitTests {
  @Test
  func `each user has a rate of their own`() async throws {
    try await withServer(
      .sqliteFile,
      {
        $0.requestsPerSecond = 0.01
        $0.burst = 3
      }
    ) { server in
      for left in [2, 1, 0] {
        let answer = try await server.get("/api/categories", as: .viewer)
        #expect(answer.status == 200 && answer.headers[.rateLimitPolicy] == "\"user\";q=3;w=300")
        #expect(answer.headers[.rateLimit] == "\"user\";r=\(left);t=\((3 - left) * 100)")
      }
      let answer = try await server.get("/api/categories", as: .viewer)
      #expect(answer.status == 429 && answer.headers[.retryAfter] == "100")
      #expect(answer.headers[.rateLimit] == "\"user\";r=0;t=300")
      #expect(answer.json["type"] == "/problems/too-many")
      // Whatever comes of it, and whoever asks, is told.
      let missing = try await server.get("/api/products/9")
      #expect(missing.status == 404 && missing.headers[.rateLimit] == "\"user\";r=2;t=100")
      #expect(try await server.post("/api/login", [:], as: nil).headers[.rateLimit] != nil)
      #expect(try await server.get("/api/products").headers[.rateLimit] == "\"user\";r=1;t=200")
      // As it is kept.
      #expect(try await server.get("/api/products").headers[.rateLimit] == "\"user\";r=0;t=300")
      #expect(try await server.get("/api/health/live", as: nil).headers[.rateLimit] == nil)
      // What monitors ask for is not counted.
      for _ in 0..<10 { #expect(try await server.get("/api/health/live", as: nil).status == 200) }
    }
  }

  @Test
  func `what is left of a rate is told in whole numbers, however large it is`() {
    func told(_ rate: Double, _ burst: Int, _ remaining: Int) -> [String?] {
      var headers = HTTPFields()
      RateQuota(rate: rate, burst: burst).add(to: &headers, remaining: remaining)
      return [headers[.rateLimitPolicy], headers[.rateLimit]]
    }
    #expect(told(10, 50, 49) == ["\"user\";q=50;w=5", "\"user\";r=49;t=1"])
    #expect(told(10, 1, 1) == ["\"user\";q=1;w=1", "\"user\";r=1;t=0"])
    #expect(told(10, 50, 99)[1] == "\"user\";r=50;t=0")  // a moment in which the clock went on
    #expect(told(1e6, 1_000_000, 999_998) == ["\"user\";q=1000000;w=1", "\"user\";r=998998;t=1"])
    #expect(told(1e6, 1_000_000, 12)[1] == "\"user\";r=0;t=1")
    #expect(told(1e-9, 1_000_000_000, 0)[1] == "\"user\";r=0;t=999999999999999")
  }

  @Test
  func `bodies that are too large, no JSON, or something else are refused`() async throws {
    try await withServer(.sqliteFile, { $0.bodyLimit = 1000 }) { server in
      let long = JSON.string(String(repeating: "x", count: 2000))
      let tooLarge = try await server.post("/api/categories", ["name": long])
      #expect(tooLarge.status == 413 && tooLarge.json["type"] == "/problems/too-large")
      for (text, status) in [
        ("{", 400), ("{\"name\":\"a\",\"name\":\"b\"}", 400), ("[1]", 422), ("", 400),
        ("{\"name\": 01}", 400),
        (String(repeating: "[", count: 500), 400), ("{\"name\":\"\\u0000\"}", 422), ("nul", 400),
        ("\"\u{FF}", 400),
      ] {
        var headers: HTTPFields = [.contentType: "application/json"]
        headers[.authorization] = "Bearer \(server.tokens[.admin] ?? "")"
        let answer = Answer(
          try await server.send("/api/categories", .post, headers, ByteBuffer(string: text)))
        #expect(answer.status == status, "\(text.prefix(30)): \(answer.text)")
        headers[.contentType] = "text/plain"
        #expect(
          Answer(try await server.send("/api/categories", .post, headers, ByteBuffer(string: text))).status
            == 415)
      }
    }
  }

  @Test
  func `a database that is gone is told as such, with a time to come back`() async throws {
    try await withServer { server in
      _ = try await server.get("/api/categories", as: .admin)  // the token is known now
      try await server.database.close()
      let answer = try await server.get("/api/categories")
      #expect(answer.status == 503 && Int(answer.headers[.retryAfter] ?? "") ?? 0 > 0)
      #expect(answer.json["type"] == "/problems/unavailable")
      #expect(try await server.get("/api/health/live", as: nil).status == 200)
      #expect(try await server.get("/api/health/ready", as: nil).status == 503)
    }
  }

  struct Secret: Error { let detail = "senha=segredo" }

  @Test
  func `what nobody expected is told without details, and logged with the request's number`() async throws {
    let route = Route.get("/api/broken", .viewer, Operation("broken", "", .nothing)) { _ in throw Secret() }
    try await withServer(routes: [route]) { server in
      let answer = try await server.get("/api/broken")
      #expect(answer.status == 500 && !answer.text.contains("segredo"))
      let number = try #require(answer.json["request"].text)
      #expect(server.log.all.contains { $0.contains("a request failed") && $0.contains(number) })
    }
  }

  @Test
  func `a request that takes too long is stopped, and changes nothing`() async throws {
    let route = Route.post("/api/slow", .viewer, Operation("slow", "", .nothing)) { call in
      try await call.change("slow") { session in
        _ = try session.addCategory("lenta")
        _ = try session.value(
          "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000000000) SELECT COUNT(*) FROM n",
          as: Int64.self)
        return Call.Change(subject: "x", reply: .nothing)
      }
    }
    try await withServer(.sqliteFile, routes: [route], { $0.requestTime = .milliseconds(200) }) { server in
      let answer = try await server.request(.post, "/api/slow")
      #expect(answer.status == 504 && answer.json["type"] == "/problems/slow")
      #expect(try await server.get("/api/categories").json["total"] == 0)
    }
  }

  @Test
  func `requests are counted under the names that dashboards know`() async throws {
    try await withServer { server in
      for _ in 0..<3 { _ = try await server.get("/api/products/1") }
      _ = try await server.get("/api/none/\(UUID())")
      let text = try await server.get("/metrics", as: nil).text
      #expect(
        text.contains("http_requests_total{endpoint=\"/api/products/{id}\",method=\"GET\",status=\"404\"} 3"))
      #expect(
        text.contains("http_request_duration_seconds_count{endpoint=\"/api/products/{id}\",method=\"GET\"} 3")
      )
      #expect(text.contains("endpoint=\"other\"") && !text.contains("/api/none"))
    }
  }

  @Test
  func `pages are served with versions and types, and places in the application are one page`() async throws {
    let folder = "/tmp/estoque-pages-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder + "/js", withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try Data("<!doctype html><title>Estoque</title>".utf8).write(to: URL(filePath: folder + "/index.html"))
    try Data("export const a = 1;".utf8).write(to: URL(filePath: folder + "/js/a.js"))
    try Data("x".utf8).write(to: URL(filePath: folder + "/.secret"))
    try await withServer(.sqliteMemory, { $0.pages = folder }) { server in
      for path in ["/", "/estoque", "/produtos/17", "/index.html"] {
        let page = try await server.get(path, as: nil)
        #expect(page.status == 200 && page.text.contains("<title>Estoque"), "\(path)")
        #expect(page.headers[.contentType] == "text/html; charset=utf-8")
        #expect(page.headers[.csp]?.contains("script-src 'self'") == true)
      }
      let script = try await server.get("/js/a.js", as: nil)
      #expect(script.headers[.contentType] == "text/javascript; charset=utf-8")
      let tag = try #require(script.headers[.eTag])
      #expect(try await server.get("/js/a.js", as: nil, headers: [.ifNoneMatch: tag]).status == 304)
      for path in [
        "/js/b.js", "/.secret", "/%2e%2e/etc/passwd.txt", "/api/none", "/api/../x.js",
      ] {
        #expect(try await server.get(path, as: nil).status == 404, "\(path)")
      }
      #expect(try await server.request(.head, "/", as: nil).text.isEmpty)
    }
  }
}
