import CoreMetrics
import EstoqueAccess
import EstoqueDatabase
import EstoqueImports
import EstoqueIntake
import EstoqueReports
import EstoqueStock
import Foundation
import Hummingbird
import Logging
import NIOCore
import Revoada
import RevoadaObservability
import Tracing

/// What the handlers of requests need.
final class Services: Sendable {
  let configuration: ServerConfiguration
  let database: Database
  let access: Access
  let reports: Reports
  /// What works in the background; nil where that is not offered.
  let background: BackgroundWork
  let pages: Pages
  let spool: Spool
  let live: LiveEvents
  let feed: LiveFeed
  let connections = Connections()
  let rates: KeyedRateLimiter<String>
  let quota: RateQuota
  let metrics: RequestMetrics
  let prometheus: PrometheusMetrics?
  let logger: Logger
  /// Pages of lists as they are sent, until what they show changes.
  let encoded: ReadCache<String, EncodedPage>
  private let names: ReadCache<Int, [User.ID: String]>
  private let trusted: [Network]
  private let isTracing: Bool

  init(
    _ configuration: ServerConfiguration, database: Database, access: Access, reports: Reports,
    background: BackgroundWork, prometheus: PrometheusMetrics?, logger: Logger
  ) throws {
    try configuration.validate()
    self.configuration = configuration
    self.database = database
    self.access = access
    self.reports = reports
    self.background = background
    self.prometheus = prometheus
    self.logger = logger
    pages = try Pages(folder: configuration.pages ?? Pages.usualFolder())
    spool = Spool(
      folder: configuration.spool, limit: configuration.uploadLimit, files: configuration.uploadFiles)
    live = LiveEvents(history: configuration.eventHistory, most: configuration.eventStreams)
    rates = KeyedRateLimiter(
      name: "requests", rate: configuration.requestsPerSecond, burst: configuration.burst)
    try rates.validate()
    quota = RateQuota(rate: configuration.requestsPerSecond, burst: configuration.burst)
    metrics = RequestMetrics(factory: prometheus ?? MetricsSystem.factory)
    encoded = try ReadCache(of: database, name: "encoded-pages", age: configuration.pageAge, entries: 2000)
    names = try ReadCache(of: database, name: "people", age: .seconds(5), entries: 1)
    trusted = configuration.trustedProxies.compactMap(Network.init)
    isTracing = !(InstrumentationSystem.tracer is NoOpTracer)
    // After the caches: whoever is told of a change reads it.
    feed = LiveFeed(database, live)
  }

  // MARK: For requests

  func origin(of headers: HTTPFields, _ channel: any NIOCore.Channel) -> Origin {
    Origin(
      headers, peer: channel.remoteAddress?.ipAddress, trusted: trusted, isSecure: configuration.isSecure)
  }

  /// Who sends a request. A token that is none is refused; a cookie that is none, or old, is like none, so that one can sign in again.
  func identity(_ headers: HTTPFields, _ origin: Origin) async throws -> Identity? {
    if let authorization = headers[.authorization] {
      guard authorization.lowercased().hasPrefix("bearer ") else { throw Problem.unauthenticated }
      return try await access.identity(token: String(authorization.dropFirst(7)))
    }
    guard let secret = SessionCookie.secret(headers) else { return nil }
    do { return try await access.identity(secret: secret) } catch AccessFault.notSignedIn { return nil }
  }

  /// That somebody's rate is used up, and when the next request may come.
  var tooMany: Problem { .tooMany(.seconds(1 / configuration.requestsPerSecond)) }

  /// Runs what waits for a client's bytes.
  func withBodyTime<R: Sendable>(_ factor: Int, _ body: @escaping @Sendable () async throws -> R) async throws
    -> R
  {
    do { return try await withTimeout(configuration.bodyTime * factor, body) } catch is TimedOut {
      throw Problem.bodyTimeout
    }
  }

  /// Runs `body` in a span, if anybody traces.
  func traced<R>(
    _ name: String, kind: SpanKind = .client, _ body: nonisolated(nonsending) () async throws -> R
  ) async throws -> R {
    guard isTracing else { return try await body() }
    let span = startSpan(name, ofKind: kind)
    defer { span.end() }
    do {
      return try await ServiceContext.$current.withValue(span.context) { try await body() }
    } catch {
      span.recordError(error)
      span.setStatus(SpanStatus(code: .error))
      throw error
    }
  }
}

/// The cookie of a browser's session.
enum SessionCookie {
  static let name = "estoque_session"

  static func secret(_ headers: HTTPFields) -> String? {
    for header in headers[values: .cookie] {
      for pair in header.split(separator: ";") {
        let pair = pair.drop { $0 == " " }
        if pair.hasPrefix("estoque_session=") { return String(pair.dropFirst(name.utf8.count + 1)) }
      }
    }
    return nil
  }

  static func set(_ secret: String, for time: Int64, isSecure: Bool) -> String {
    "\(name)=\(secret); Path=/; HttpOnly; SameSite=Strict; Max-Age=\(time)" + (isSecure ? "; Secure" : "")
  }
}

/// A page of a list as it is sent.
struct EncodedPage: Sendable {
  let bytes: ByteBuffer
  let tag: ETag
}

extension Services {
  /// How many invoices are in which state.
  func invoiceCounts() async throws -> JSON {
    RouteTable.counts(try await background.intake?.counts() ?? [:])
  }

  /// What people are called; some seconds old.
  func people() async throws -> [User.ID: String] {
    try await names.get(0, topics: []) { [database] in try await database.read { try $0.people() } }
  }

  /// What imports tables.
  func importing() throws(Problem) -> Imports {
    guard let imports = background.imports else { throw .notFound }
    return imports
  }

  /// What writes files.
  func exporting() throws(Problem) -> Exports {
    guard let exports = background.exports else { throw .notFound }
    return exports
  }

  /// What takes documents in.
  func taking() throws(Problem) -> Intake {
    guard let intake = background.intake else { throw .notFound }
    return intake
  }
}
