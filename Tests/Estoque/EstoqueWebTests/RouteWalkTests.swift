import EstoqueAccess
import EstoqueTestSupport
import HTTPTypes
import Hummingbird
import Testing

@testable import EstoqueWeb

/// Goes through the table of routes: what it says is what the server does.
@Suite(.timeLimit(.minutes(10)))
struct RouteWalkTests {
  private func path(_ route: Route) -> String {
    var path = route.path
    while let start = path.firstIndex(of: "{"), let end = path.firstIndex(of: "}") {
      path.replaceSubrange(start...end, with: "987654321")
    }
    return path
  }

  @Test
  func `nobody unknown, and nobody below its role, gets past any route`() async throws {
    try await withServer { server in
      var walked = 0
      for route in RouteTable.all where route.operation.id != "events" {
        let body: JSON? = if case .json = route.body { [:] } else { nil }
        guard case .role(let needed) = route.access else { continue }
        walked += 1
        let anonymous = try await server.request(route.method, path(route), as: nil, body)
        #expect(anonymous.status == 401, "\(route.method) \(route.path)")
        for role in Role.allCases where role < needed {
          let answer = try await server.request(route.method, path(route), as: role, body)
          #expect(answer.status == 403, "\(route.method) \(route.path) as \(role)")
        }
      }
      #expect(walked > 40)
    }
  }

  @Test
  func `each role gets into the routes that it may use`() async throws {
    try await withServer { server in
      for route in RouteTable.all where !["events", "profile", "logout"].contains(route.operation.id) {
        let body: JSON? = if case .json = route.body { [:] } else { nil }
        for role in Role.allCases {
          if case .role(let needed) = route.access, role < needed { continue }
          let answer = try await server.request(route.method, path(route), as: role, body)
          let isRefused = answer.status == 403 || (answer.status == 401 && route.operation.id != "login")
          #expect(!isRefused, "\(route.method) \(route.path) as \(role): \(answer.text)")
          #expect(
            answer.status < 500 || answer.status == 503, "\(route.method) \(route.path): \(answer.text)")
        }
      }
    }
  }

  @Test
  func `a cookie alone changes nothing`() async throws {
    try await withServer { server in
      var browser = Browser(server: server)
      _ = try await browser.signIn("admin")
      for route in RouteTable.all where route.isChange && route.access != .everyone {
        let body: JSON? = if case .json = route.body { [:] } else { nil }
        let answer = try await browser.request(route.method, path(route), body, withToken: false)
        #expect(
          answer.status == 403 && answer.json["type"] == "/problems/csrf", "\(route.method) \(route.path)")
      }
      browser.csrf = "errado"
      #expect(try await browser.request(.post, "/api/logout").status == 403)
    }
  }

  @Test
  func `a method that a path does not have is refused with those it has`() async throws {
    try await withServer { server in
      for path in Set(RouteTable.all.map(\.path)) where !path.hasSuffix("**") {
        let route = try #require(RouteTable.all.first { $0.path == path })
        let known = RouteTable.all.filter { $0.path == path }.map(\.method)
        for method in [HTTPRequest.Method.get, .post, .put, .patch, .delete] where !known.contains(method) {
          let answer = try await server.request(method, self.path(route))
          #expect(answer.status == 405, "\(method) \(path)")
          #expect(answer.headers[.allow]?.contains(known[0].rawValue) == true)
        }
      }
    }
  }

  @Test
  func `every answer tells browsers to be careful`() async throws {
    try await withServer { server in
      for path in ["/api/products", "/api/none", "/", "/metrics", "/api/health/live"] {
        let answer = try await server.get(path)
        #expect(answer.headers[.nosniff] == "nosniff" && answer.headers[.frameOptions] == "DENY", "\(path)")
        #expect(answer.headers[.csp]?.contains("frame-ancestors 'none'") == true)
        #expect(answer.headers[.requestID]?.isEmpty == false)
        #expect(answer.headers[.cacheControl] != nil)
      }
    }
  }

  @Test
  func `names of operations are unique, and every schema that is named exists`() throws {
    let ids = RouteTable.all.map(\.operation.id)
    #expect(Set(ids).count == ids.count)
    let text = OpenAPI.document.description
    for part in text.components(separatedBy: "#/components/").dropFirst() {
      let names = part.prefix { $0 != "\"" }.split(separator: "/").map(String.init)
      #expect(OpenAPI.document["components"][names[0]][names[1]] != .null, "\(names)")
    }
  }
}
