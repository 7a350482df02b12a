import EstoqueAccess
import EstoqueDatabase
import EstoqueImports
import EstoqueIntake
import EstoqueReports
import EstoqueSamples
import EstoqueStock
import EstoqueTestSupport
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import Revoada
import RevoadaObservability
import Testing

@testable import EstoqueWeb

let allMigrations =
  Schema.migrations + IntakeSchema.migrations + ImportSchema.migrations + AccessSchema.migrations
  + ReportSchema.migrations

/// A server with a person of each role, and whatever they need to send requests.
struct TestServer: Sendable {
  static let password = "sossego-azul-77"

  let server: EstoqueServer
  let database: Database
  let access: Access
  let prometheus: PrometheusMetrics
  let log: LogLines
  let send: @Sendable (String, HTTPRequest.Method, HTTPFields, ByteBuffer?) async throws -> TestResponse
  let tokens: [Role: String]

  /// Sends a request with the token of a role; nil for nobody.
  @discardableResult
  func request(
    _ method: HTTPRequest.Method, _ path: String, as role: Role? = .admin, _ body: JSON? = nil,
    headers: HTTPFields = [:]
  ) async throws -> Answer {
    var headers = headers
    if let role, let token = tokens[role] { headers[.authorization] = "Bearer \(token)" }
    if body != nil { headers[.contentType] = "application/json" }
    let response = try await send(path, method, headers, body.map { ByteBuffer(bytes: $0.bytes) })
    return Answer(response)
  }

  func get(_ path: String, as role: Role? = .admin, headers: HTTPFields = [:]) async throws -> Answer {
    try await request(.get, path, as: role, headers: headers)
  }
  /// Sends files as a form does.
  func upload(
    _ path: String, _ files: [(name: String, bytes: [UInt8])], as role: Role = .operator,
    headers: HTTPFields = [:]
  ) async throws -> Answer {
    var headers = headers
    headers[.authorization] = "Bearer \(tokens[role] ?? "")"
    headers[.contentType] = "multipart/form-data; boundary=limite"
    var body: [UInt8] = []
    for file in files {
      body +=
        "--limite\r\nContent-Disposition: form-data; name=\"file\"; filename=\"\(file.name)\"\r\n\r\n".utf8
      body += file.bytes + "\r\n".utf8
    }
    body += "--limite--\r\n".utf8
    return Answer(try await send(path, .post, headers, ByteBuffer(bytes: body)))
  }
  @discardableResult
  func post(_ path: String, _ body: JSON, as role: Role? = .admin, headers: HTTPFields = [:]) async throws
    -> Answer
  {
    try await request(.post, path, as: role, body, headers: headers)
  }

  /// Adds a product with some stock: its number.
  func addProduct(_ code: String, quantity: String? = nil, cost: String = "2.50") async throws -> Int64 {
    let made = try await post(
      "/api/products", ["code": .string(code), "name": "Produto \(code)", "minimum": "5"])
    let id = try #require(made.json["id"].integer)
    if let quantity {
      try await post(
        "/api/movements",
        [
          "kind": "receipt", "product": .integer(id), "location": 1, "quantity": .string(quantity),
          "unitCost": .string(cost),
        ])
    }
    return id
  }
}

struct Answer: Sendable {
  let status: Int
  let headers: HTTPFields
  let text: String
  var json: JSON { (try? JSON(parsing: Array(text.utf8))) ?? .null }

  init(_ response: TestResponse) {
    (status, headers) = (Int(response.status.code), response.headers)
    text = String(buffer: response.body)
  }
}

/// What was logged.
final class LogLines: Sendable {
  private let lines = Guarded<[String]>([])
  var all: [String] { lines.withLock(\.self) }

  func logger() -> Logger {
    var logging = StructuredLogging(
      format: .text, output: LogOutput { [self] line in lines.withLock { $0.append(line) } })
    logging.level = .trace
    logging.redaction = .none
    let made = logging
    return Logger(label: "estoque.web") { made.handler(label: $0) }
  }
}

/// All that works in the background, though nobody runs it.
func everyWork(_ database: Database, _ configuration: ServerConfiguration) throws -> BackgroundWork {
  BackgroundWork(
    intake: try Intake(database, IntakeConfiguration(companies: [SampleCompany.own.cnpj])),
    imports: try Imports(database),
    exports: try Exports(database, ExportsConfiguration(folder: configuration.spool)))
}

func withServer(
  _ backend: Backend = .sqliteFile, setup: TestingSetup = .router, routes: [Route] = [],
  _ change: (inout ServerConfiguration) -> Void = { _ in },
  access changeAccess: (inout AccessConfiguration) -> Void = { _ in },
  _ body: @escaping @Sendable (TestServer) async throws -> Void
) async throws {
  try await backend.withDatabase(migrations: allMigrations) { database in
    try await withServer(
      on: database, tokens: nil, ReportConfiguration(), setup: setup, routes: routes, change,
      access: changeAccess, body)
  }
}

/// A server on a database, on which there may be others.
///
/// - Parameter tokens: those of the first server; nil for the first one itself, which adds the people.
func withServer(
  on database: Database, tokens: [Role: String]?, _ reports: ReportConfiguration,
  setup: TestingSetup = .router, routes: [Route] = [],
  _ change: (inout ServerConfiguration) -> Void = { _ in },
  access changeAccess: (inout AccessConfiguration) -> Void = { _ in },
  _ body: @escaping @Sendable (TestServer) async throws -> Void
) async throws {
  var accessConfiguration = AccessConfiguration()
  accessConfiguration.cost = ScryptCost(logarithm: 10, parallelism: 1)
  accessConfiguration.triesPerLogin = 1000
  accessConfiguration.triesPerAddress = 1000
  changeAccess(&accessConfiguration)
  let access = try Access(database, accessConfiguration)
  var configuration = ServerConfiguration()
  configuration.requestsPerSecond = 1e6
  configuration.burst = 1_000_000
  configuration.port = 0
  configuration.spool = "/tmp/estoque-spool-\(UUID().uuidString)"
  configuration.pages = ""
  change(&configuration)
  if configuration.pages == "" { configuration.pages = nil }
  defer { try? FileManager.default.removeItem(atPath: configuration.spool) }
  let (log, prometheus) = (LogLines(), PrometheusMetrics())
  let server = try EstoqueServer(
    configuration, database: database, access: access, reports: try Reports(database, reports),
    background: try everyWork(database, configuration),
    prometheus: prometheus,
    logger: log.logger(), more: routes)
  var made = tokens ?? [:]
  for role in Role.allCases where made[role] == nil {
    let account = try await access.createUser(
      NewAccount(
        login: role.rawValue, name: "Pessoa \(role.rawValue)", role: role, password: TestServer.password),
      by: .command)
    made[role] = try await access.createToken(for: account, name: "teste", expiresAt: nil, by: .command)
      .secret
  }
  try await server.application.test(setup) { [made] client in
    let test = TestServer(
      server: server, database: database, access: access, prometheus: prometheus, log: log,
      send: { try await client.execute(uri: $0, method: $1, headers: $2, body: $3) }, tokens: made)
    try await body(test)
  }
}

/// A browser: keeps its cookie and sends its token with changes.
struct Browser {
  let server: TestServer
  var cookie: String?
  var csrf: String?

  mutating func signIn(_ login: String, _ password: String = TestServer.password) async throws -> Answer {
    let answer = try await server.post(
      "/api/login", ["login": .string(login), "password": .string(password)], as: nil)
    cookie = answer.headers[.setCookie]?.split(separator: ";").first.map(String.init)
    csrf = answer.json["csrf"].text
    return answer
  }

  func request(
    _ method: HTTPRequest.Method, _ path: String, _ body: JSON? = nil, withToken: Bool = true
  ) async throws -> Answer {
    var headers = HTTPFields()
    headers[.cookie] = cookie.map { "theme=dark; \($0)" }
    if withToken { headers[.csrfToken] = csrf }
    return try await server.request(method, path, as: nil, body, headers: headers)
  }
}
