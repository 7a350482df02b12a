import Foundation
import RevoadaLua
import Testing

@testable import RevoadaScriptModules

/// A server on a free local port that answers each request with `answer(request)`, connection by connection.
private final class OneShotServer: Sendable {
  let port: UInt16
  private let listener: Int32

  init(_ answer: @escaping @Sendable (String) -> String) throws {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    self.listener = listener
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    port = try withUnsafeMutablePointer(to: &address) { pointer in
      try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        try bind(listener, address, length).orThrow("bind", ScriptPath("127.0.0.1"))
        try listen(listener, 16).orThrow("listen", ScriptPath("127.0.0.1"))
        try getsockname(listener, address, &length).orThrow("getsockname", ScriptPath("127.0.0.1"))
      }
      return UInt16(bigEndian: pointer.pointee.sin_port)
    }
    Thread.detachNewThread {
      while true {
        let connection = accept(listener, nil, nil)
        if connection < 0 { return }
        let reply = answer(Self.request(connection))
        _ = reply.withCString { send(connection, $0, strlen($0), Int32(MSG_NOSIGNAL)) }
        close(connection)
      }
    }
  }

  /// Reads the head, and the body as far as `content-length` says.
  private static func request(_ connection: Int32) -> String {
    var text = ""
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      if let head = text.range(of: "\r\n\r\n") {
        let length = text.firstMatch(of: /(?i)content-length: (\d+)/).flatMap { Int($0.1) } ?? 0
        if text[head.upperBound...].utf8.count >= length { return text }
      }
      let count = recv(connection, &buffer, buffer.count, 0)
      if count <= 0 { return text }
      text += String(decoding: buffer[..<count], as: UTF8.self)
    }
  }

  func stop() {
    shutdown(listener, Int32(SHUT_RDWR))
    close(listener)
  }
}

@Suite(.timeLimit(.minutes(10))) struct HTTPTests {
  private func run(
    _ source: String, answer: @escaping @Sendable (String) -> String
  ) async throws -> ScriptOutcome {
    let server = try OneShotServer(answer)
    defer { server.stop() }
    return await runScript("local url = 'http://127.0.0.1:\(server.port)'\n" + source)
  }

  private static func reply(_ status: String, _ body: String, _ headers: String = "") -> String {
    "HTTP/1.1 \(status)\r\ncontent-length: \(body.utf8.count)\r\nconnection: close\r\n\(headers)\r\n\(body)"
  }

  @Test func theAnswerIsATableWhateverItsStatus() async throws {
    let outcome = try await run(
      """
      local r = assert(http.get(url .. "/found"))
      print(r.status, r.ok, r.body, r.headers["x-kind"])
      local missing = assert(http.get(url .. "/missing"))
      print(missing.status, missing.ok, missing.body)
      """
    ) { request in
      request.hasPrefix("GET /found ")
        ? Self.reply("200 OK", "here", "X-Kind: a\r\nx-kind: b\r\n") : Self.reply("404 Not Found", "no")
    }
    #expect(outcome.error == nil)
    #expect(outcome.printed == ["200\ttrue\there\ta, b", "404\tfalse\tno"])
  }

  @Test func methodsHeadersAndBodiesReachTheServer() async throws {
    let outcome = try await run(
      """
      local function show(r) print((r.body:gsub("\\n", "|"))) end
      show(assert(http.post(url .. "/p", "text", { headers = { ["X-One"] = 1 } })))
      show(assert(http.put(url .. "/p", { json = { a = { 1, 2 } } })))
      show(assert(http.delete(url .. "/p")))
      show(assert(http.request({ method = "options", url = url .. "/p", body = "b" })))
      """
    ) { request in
      let parts = request.components(separatedBy: "\r\n\r\n")
      let lines = parts[0].components(separatedBy: "\r\n")
      let told = lines.dropFirst().filter {
        $0.lowercased().hasPrefix("x-one") || $0.lowercased().hasPrefix("content-type")
      }
      return Self.reply("200 OK", ([lines[0]] + told + [parts[1]]).joined(separator: "\n"))
    }
    #expect(outcome.error == nil)
    #expect(
      outcome.printed == [
        "POST /p HTTP/1.1|X-One: 1|text", #"PUT /p HTTP/1.1|content-type: application/json|{"a":[1,2]}"#,
        "DELETE /p HTTP/1.1|", "OPTIONS /p HTTP/1.1|b",
      ])
  }

  @Test func noAnswerIsAMessage() async throws {
    let outcome = try await run(
      """
      local _, refused = http.get("http://127.0.0.1:1/", { timeout = 5000 })
      print(refused)
      print(http.get("nonsense"))
      print(select(2, http.get(url, { max_body = 3 })) ~= nil)
      """
    ) { _ in Self.reply("200 OK", "more than three") }
    #expect(outcome.error == nil)
    #expect(outcome.printed.first == "http: GET http://127.0.0.1:1/: Connection refused")
    #expect(outcome.printed.dropFirst().first?.hasPrefix("nil\thttp: GET nonsense: ") == true)
    #expect(outcome.printed.last == "true")
  }

  @Test(arguments: [
    ("http.get()", "bad argument #1 to 'get' (string expected, got no value)"),
    (
      "http.get('x', { timout = 1 })",
      "bad argument #2 to 'get' (unknown option 'timout'; known: body, headers, json, max_body, timeout)"
    ),
    ("http.request({ method = 'GET' })", "bad argument #1 to 'request' (field 'url' expected)"),
    (
      "http.post('x', { json = print })",
      "bad argument #2 to 'post' (option 'json': a function has no JSON form)"
    ),
  ])
  func misuseIsAnErrorAtItsLine(_ source: String, _ expected: String) async {
    #expect(await runScript(source).error?.message == "test.lua:1: \(expected)")
  }
}
