import EstoqueAccess
import EstoqueDatabase
import EstoqueImports
import EstoqueIntake
import EstoqueReports
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import Revoada
import RevoadaObservability
import ServiceLifecycle

/// What works in the background and is asked for through the API. What is missing is not offered.
public struct BackgroundWork: Sendable {
  /// Takes NF-e in.
  public var intake: Intake?
  /// Imports tables.
  public var imports: Imports?
  /// Writes files.
  public var exports: Exports?

  /// Offers something.
  public init(intake: Intake? = nil, imports: Imports? = nil, exports: Exports? = nil) {
    (self.intake, self.imports, self.exports) = (intake, imports, exports)
  }
}

/// The web server: the API under `/api`, the pages, `/metrics`.
///
/// ```swift
/// let server = try EstoqueServer(configuration, database: database, access: access, reports: reports)
/// let services = ServiceGroup(services: [server], gracefulShutdownSignals: [.sigterm], logger: logger)
/// try await services.run()
/// ```
///
/// Speaks HTTP without TLS, on loopback by default: a proxy stands in front of it where browsers come from elsewhere.
///
/// A graceful shutdown takes no new connections, ends the streams of events, and gives the requests that run
/// ``ServerConfiguration/shutdownTime``; what still runs then is cancelled, which changes nothing in the database. Then ``run()`` returns.
public final class EstoqueServer: Service {
  let services: Services
  let routes: [Route]
  let application: Application<Dispatcher>
  private let bound: BoundPort

  /// Prepares the server; listens when it runs.
  ///
  /// - Parameters:
  ///   - configuration: the choices.
  ///   - database: with all migrations.
  ///   - access: who may do what.
  ///   - reports: what is read.
  ///   - background: what works in the background; whoever made it also runs it.
  ///   - prometheus: what `/metrics` shows.
  ///   - logger: where it reports.
  ///   - onServing: called with the port once it listens.
  /// - Throws: `InvalidSetting`; what reading the pages throws.
  public convenience init(
    _ configuration: ServerConfiguration, database: Database, access: Access, reports: Reports,
    background: BackgroundWork = BackgroundWork(), prometheus: PrometheusMetrics? = nil,
    logger: Logger = Logger(label: "estoque.web"), onServing: @escaping @Sendable (Int) -> Void = { _ in }
  ) throws {
    try self.init(
      configuration, database: database, access: access, reports: reports, background: background,
      prometheus: prometheus, logger: logger, more: [], onServing: onServing)
  }

  /// - Parameter more: routes besides those of the table; for tests.
  init(
    _ configuration: ServerConfiguration, database: Database, access: Access, reports: Reports,
    background: BackgroundWork, prometheus: PrometheusMetrics?, logger: Logger, more: [Route],
    onServing: @escaping @Sendable (Int) -> Void = { _ in }
  ) throws {
    let services = try Services(
      configuration, database: database, access: access, reports: reports, background: background,
      prometheus: prometheus, logger: logger)
    self.services = services
    routes = RouteTable.all + more
    let bound = BoundPort()
    self.bound = bound
    var quiet = logger
    quiet.logLevel = max(logger.logLevel, .notice)
    application = Application(
      responder: Dispatcher(router: RouteTable.router(routes, services), server: services),
      server: .http1(
        configuration: HTTP1Channel.Configuration(
          additionalChannelHandlers: [services.connections.makeHandler()],
          idleTimeout: .nanoseconds(configuration.idleTime.microseconds * 1000),
          httpDecoderConfiguration: .init(
            maxHeaderFieldSize: 64 << 10, maxHeaderListSize: 64 << 10, maxHeaderFieldCount: 100))),
      configuration: ApplicationConfiguration(
        address: .hostname(configuration.host, port: configuration.port), backlog: 1024),
      onServerRunning: { channel in
        bound.set(channel.localAddress?.port)
        onServing(channel.localAddress?.port ?? configuration.port)
      },
      logger: quiet)
  }

  /// The port on which it listens; nil before it does.
  public var port: Int? { bound.port }

  /// Serves until the task is cancelled or the service group shuts down.
  /// - Throws: what listening throws.
  public func run() async throws {
    let (services, application) = (services, application)
    services.spool.clear()
    services.logger.info(
      "serving",
      metadata: ["host": "\(services.configuration.host)", "port": "\(services.configuration.port)"])
    let background = [
      spawn(name: "live events") { try await services.feed.run(for: services) },
      spawn(name: "changes of others") { try await services.database.follow() },
      spawn(name: "access") { try await services.access.run() },
    ]
    let limit = Guarded<Goroutine<Void>?>(nil)
    defer {
      services.live.close()
      services.feed.close()
      for work in background { work.cancel() }
      limit.withLock(\.self)?.cancel()
    }
    try await withGracefulShutdownHandler {
      try await application.run()
    } onGracefulShutdown: {
      // Streams of events would never end by themselves.
      services.live.close()
      let end = spawn(name: "end of shutdown") {
        try await sleep(for: services.configuration.shutdownTime)
        services.connections.endAll()
      }
      limit.withLock { $0 = end }
    }
    services.logger.info("the server has ended")
  }
}

/// Where the server listens, once it does.
private final class BoundPort: Sendable {
  private let value = Guarded<Int?>(nil)
  var port: Int? { value.withLock(\.self) }
  func set(_ port: Int?) { value.withLock { $0 = port } }
}
