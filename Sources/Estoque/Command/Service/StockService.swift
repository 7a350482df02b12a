import CoreMetrics
import EstoqueAccess
import EstoqueDatabase
import EstoqueImports
import EstoqueIntake
import EstoqueReports
import EstoqueWeb
import Foundation
import Logging
import Revoada
import RevoadaConsole
import RevoadaObservability
import ServiceLifecycle

/// The whole service: the server, and what works in the background.
struct StockService {
  let access: Access
  let intake: Intake
  private let services: [any Service]
  private let shutdownTime: Duration

  /// Puts the parts together; nothing runs yet.
  ///
  /// - Parameters:
  ///   - sources: the settings.
  ///   - database: with its schema up to date.
  ///   - metrics: what `/metrics` shows.
  ///   - onServing: called with the port once the server listens.
  /// - Throws: `Failure`; `InvalidSetting`.
  init(
    _ sources: SettingSources, _ database: Database, metrics: PrometheusMetrics,
    onServing: @escaping @Sendable (Int) -> Void
  ) throws {
    let folder = try StockFolder(try sources.value(Settings.folder))
    access = try Access(database, try sources.accessConfiguration())
    intake = try Intake(database, try sources.intakeConfiguration())
    let imports = try Imports(database, try sources.importsConfiguration(folder))
    let exports = try Exports(database, try sources.exportsConfiguration(folder))
    let reports = try Reports(database, try sources.reportConfiguration())
    let server = try EstoqueServer(
      try sources.serverConfiguration(folder), database: database, access: access, reports: reports,
      background: BackgroundWork(intake: intake, imports: imports, exports: exports), prometheus: metrics,
      onServing: onServing)
    shutdownTime = try sources.value(Settings.shutdownTime)
    // They end in the opposite order: first the server, which gives work to the others.
    services = [
      BackgroundService(run: exports.run, stop: exports.shutdown),
      BackgroundService(run: imports.run, stop: imports.shutdown),
      BackgroundService(run: intake.run, stop: intake.shutdown), server,
    ]
  }

  /// Serves until a signal or the task's cancellation ends it.
  func run() async throws {
    var configuration = ServiceGroupConfiguration(
      services: services.map { ServiceGroupConfiguration.ServiceConfiguration(service: $0) },
      gracefulShutdownSignals: [.sigterm, .sigint], logger: Logger(label: "estoque"))
    // Each part ends by itself within that time; this is for one that does not. What is killed then goes on with the next start.
    configuration.maximumGracefulShutdownDuration = shutdownTime * 2 + .seconds(1)
    try await ServiceGroup(configuration: configuration).run()
  }
}

/// Work in the background as a service that can be asked to end.
private struct BackgroundService: Service {
  let run: @Sendable () async throws -> Void
  let stop: @Sendable () -> Void

  func run() async throws {
    try await withGracefulShutdownHandler {
      try await run()
    } onGracefulShutdown: {
      stop()
    }
  }
}

/// Where the service keeps files.
struct StockFolder {
  let uploads: String
  let imports: String
  let exports: String

  /// Makes the folders that are missing, for nobody else to read.
  init(_ path: String) throws {
    func made(_ name: String) throws -> String {
      let folder = URL(filePath: path).appending(path: name).path
      do {
        try FileManager.default.createDirectory(
          atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      } catch {
        throw Failure(
          .failed,
          "\(Settings.folder.key): the folder \(folder) cannot be made: \(error.localizedDescription)")
      }
      return folder
    }
    (uploads, imports, exports) = (try made("uploads"), try made("imports"), try made("exports"))
  }
}
