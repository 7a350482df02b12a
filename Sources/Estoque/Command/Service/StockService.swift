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
    services = [
      BackgroundService(run: exports.run, stop: exports.shutdown),
      BackgroundService(run: imports.run, stop: imports.shutdown),
      BackgroundService(run: intake.run, stop: intake.shutdown), server,
    ]
  }

  /// Serves until the task's cancellation ends it, or a signal.
  /// - Parameter isProcess: whether signals are heeded, and the process ends when the time for that is over, whatever still runs.
  func run(isProcess: Bool) async throws {
    let logger = Logger(label: "estoque")
    let all = Together(services: services) { [shutdownTime] in
      if isProcess { endProcess(after: shutdownTime, logger) }
    }
    var configuration = ServiceGroupConfiguration(
      services: [all], gracefulShutdownSignals: isProcess ? [.sigterm, .sigint] : [], logger: logger)
    // Each part ends by itself before that; one that does not is cancelled.
    configuration.maximumGracefulShutdownDuration = shutdownTime * 0.9
    try await ServiceGroup(configuration: configuration).run()
  }
}

/// Ends the process when it should have ended by itself. A call that nobody can interrupt, as one that completes a spreadsheet, must not hold it up: it is as
/// with a process that is killed, and the next one goes on.
private func endProcess(after time: Duration, _ logger: Logger) {
  spawn(name: "end of process") {
    try await sleep(for: time)
    logger.warning("the time to end is over: what still runs is left to the next start")
    _exit(EXIT_SUCCESS)
  }
}

/// Services that are asked to end at the same time: what requests hand to the background lies in the database, whether somebody works on it or not, so
/// that none has to wait for another.
private struct Together: Service {
  let services: [any Service]
  /// Called when they are.
  let onShutdown: @Sendable () -> Void

  func run() async throws {
    try await withGracefulShutdownHandler {
      try await withThrowingTaskGroup(of: Void.self) { group in
        for service in services { group.addTask { try await service.run() } }
        // One that fails ends the others.
        try await group.waitForAll()
      }
    } onGracefulShutdown: {
      onShutdown()
    }
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
