import AsyncHTTPClient
import RevoadaLua

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// `http.get/head/delete(url[, options])`, `http.post/put/patch(url[, body][, options])`,
/// `http.request{method, url, …}`.
///
/// The answer is `{status, ok, headers, body}` whatever its status; `nil, message` means that there was none.
enum HTTPModule {
  static let defaultTimeout = Duration.seconds(30)
  static let defaultMaximumBody = 64 << 20

  /// One for the process, which never shuts it down: its connections belong to all isolates.
  ///
  /// Unlike the library's shared client it does not try a refused connection again and again until the time
  /// is over: a script wants to know at once.
  private static let client: HTTPClient = {
    var configuration = HTTPClient.Configuration.singletonConfiguration
    configuration.connectionPool.retryConnectionEstablishment = false
    return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
  }()

  static func make() -> LuaModule {
    var module = LuaModule("http")
    for method in ["get", "head", "delete"] {
      module.asyncFunction(method) { call in
        let url = try call.string(1).text
        let options = try LuaOptions(call, 2, known: HTTPCall.options)
        return try await perform(HTTPCall(method.uppercased(), url, options, body: nil))
      }
    }
    for method in ["post", "put", "patch"] {
      module.asyncFunction(method) { call in
        let url = try call.string(1).text
        let hasBody: Bool = if case .table = call.value(2) { false } else { true }
        let body = hasBody ? try call.optionalString(2)?.bytes : nil
        let options = try LuaOptions(call, hasBody ? 3 : 2, known: HTTPCall.options)
        return try await perform(HTTPCall(method.uppercased(), url, options, body: body))
      }
    }
    module.asyncFunction("request") { call in
      _ = try call.table(1)
      let options = try LuaOptions(call, 1, known: HTTPCall.options.union(["method", "url"]))
      guard let url = try options.text("url") else { throw call.argumentError(1, "field 'url' expected") }
      let method = try options.text("method") ?? "GET"
      return try await perform(HTTPCall(method.uppercased(), url, options, body: nil))
    }
    return module
  }

  private static func perform(_ call: HTTPCall) async throws -> [LuaValue] {
    do {
      let response = try await client.execute(
        call.request, timeout: .nanoseconds(Int64(call.timeout / .nanoseconds(1))))
      let body = try await response.body.collect(upTo: call.maximumBody)
      var headers: [LuaValue: LuaValue] = [:]
      for (name, value) in response.headers {
        let key = LuaValue.string(name.lowercased())
        headers[key] = headers[key].map { .string("\($0.shown), \(value)") } ?? .string(value)
      }
      let table = LuaTable([
        "status": .integer(Int64(response.status.code)),
        "ok": .bool((200..<300).contains(response.status.code)),
        "headers": .table(LuaTable(fields: headers)),
        "body": .string(LuaString(bytes: body.readableBytesView)),
      ])
      return [.table(table)]
    } catch {
      try Task.checkCancellation()
      return [
        .nil, .string("http: \(call.request.method.rawValue) \(call.request.url): \(reason(error, call))"),
      ]
    }
  }

  private static func reason(_ error: any Error, _ call: HTTPCall) -> String {
    guard let error = error as? HTTPClientError else {
      // The network layer wraps the system's error several times; its number says what people know.
      let text = String(describing: error)
      let code = text.firstMatch(of: /errno: (\d+)/).flatMap { Int32($0.1) }
      return code.map { String(cString: strerror($0)) } ?? text
    }
    switch error {
    case .connectTimeout: return "timeout while connecting"
    case .deadlineExceeded, .readTimeout, .writeTimeout:
      return "timeout exceeded (\(Int(call.timeout / .milliseconds(1))) ms)"
    case .invalidURL, .emptyHost, .emptyScheme: return "invalid URL"
    default: return error.shortDescription
    }
  }
}

/// One request as a script asked for it.
struct HTTPCall: Sendable {
  static let options: Set<String> = ["headers", "body", "json", "timeout", "max_body"]

  var request: HTTPClientRequest
  var timeout: Duration
  var maximumBody: Int

  init(_ method: String, _ url: String, _ options: LuaOptions, body: [UInt8]?) throws {
    request = HTTPClientRequest(url: url)
    request.method = .init(rawValue: method)
    for (name, value) in (try options.texts("headers") ?? [:]).sorted(by: { $0.key < $1.key }) {
      request.headers.add(name: name, value: value)
    }
    timeout = try options.duration("timeout") ?? HTTPModule.defaultTimeout
    maximumBody = try options.integer("max_body", in: 1...(1 << 40)) ?? HTTPModule.defaultMaximumBody
    if !options.value("json").isNil {
      let bytes: [UInt8]
      do {
        bytes = try JSONWriter.bytes(options.value("json"))
      } catch {
        throw options.error("json", String(describing: error))
      }
      request.body = .bytes(bytes)
      if !request.headers.contains(name: "content-type") {
        request.headers.add(name: "content-type", value: "application/json")
      }
    } else if let body = try body ?? options.bytes("body") {
      request.body = .bytes(body)
    }
  }
}
