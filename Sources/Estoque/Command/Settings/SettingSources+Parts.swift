import EstoqueAccess
import EstoqueDocuments
import EstoqueImports
import EstoqueIntake
import EstoqueReports
import EstoqueWeb
import Foundation
import RevoadaConsole

// What each part of the service is told of the settings.

extension SettingSources {
  /// The choices for the intake of invoices.
  func intakeConfiguration() throws -> IntakeConfiguration {
    var configuration = IntakeConfiguration(companies: Set(try value(Settings.companies)))
    configuration.workers = try value(Settings.intakeWorkers)
    configuration.unknownProducts = try value(Settings.unknownProducts)
    configuration.negativeStock = try value(Settings.intakeNegative)
    configuration.keep = try value(Settings.keepDocuments)
    let folder = try value(Settings.watchedFolder)
    if !folder.isEmpty { configuration.folder = WatchedFolder(path: folder) }
    configuration.checks = try documentChecks()
    return configuration
  }

  /// What is checked of documents; reads the schemas and the authorities.
  private func documentChecks() throws -> DocumentChecks {
    var checks = DocumentChecks()
    let (schemas, authorities) = (try value(Settings.schemas), try value(Settings.authorities))
    do {
      if !schemas.isEmpty { checks.schemas = try Schemas(folder: schemas) }
    } catch { throw Failure(.usage, "\(Settings.schemas.key): \(error)") }
    let policy = try value(Settings.signatures)
    do {
      let believed = authorities.isEmpty ? nil : try Authorities(file: authorities)
      if policy != .off {
        checks.signatures = SignatureCheck(isRequired: policy == .require, authorities: believed)
      }
    } catch { throw Failure(.usage, "\(Settings.authorities.key): \(error)") }
    return checks
  }

  /// The choices for imports as jobs.
  func importsConfiguration(_ folder: StockFolder) throws -> ImportsConfiguration {
    var configuration = ImportsConfiguration()
    configuration.folder = folder.imports
    configuration.keep = try value(Settings.keepImports)
    configuration.maximumSize = try value(Settings.uploadSize) << 20
    return configuration
  }

  /// What every import begins with.
  func importOptions() throws -> ImportOptions {
    var options = ImportOptions()
    options.workers = try value(Settings.importWorkers)
    options.chunk = try value(Settings.importChunk)
    options.allowsNegativeStock = try value(Settings.negativeStock) == .allowed
    return options
  }

  /// The choices for exports as jobs.
  func exportsConfiguration(_ folder: StockFolder) throws -> ExportsConfiguration {
    var configuration = ExportsConfiguration(folder: folder.exports)
    configuration.keep = try value(Settings.keepExports)
    configuration.zone = try zone()
    return configuration
  }

  /// The choices for reports.
  func reportConfiguration() throws -> ReportConfiguration {
    var configuration = ReportConfiguration()
    configuration.zone = try zone()
    return configuration
  }

  /// The choices for users and sessions.
  func accessConfiguration() throws -> AccessConfiguration {
    var configuration = AccessConfiguration()
    configuration.idleTime = try value(Settings.sessionIdle)
    return configuration
  }

  /// The choices for the server.
  func serverConfiguration(_ folder: StockFolder) throws -> ServerConfiguration {
    var configuration = ServerConfiguration()
    configuration.host = try value(Settings.host)
    configuration.port = try value(Settings.port)
    configuration.trustedProxies = try value(Settings.trustedProxies)
    configuration.company = try value(Settings.companyName)
    configuration.negativeStock = try value(Settings.negativeStock)
    configuration.imports = try importOptions()
    configuration.requestsPerSecond = Double(try value(Settings.requestRate))
    configuration.burst = try value(Settings.requestBurst)
    configuration.requestTime = try value(Settings.requestTime)
    configuration.uploadLimit = try value(Settings.uploadSize) << 20
    // The rest of the time is for those whose requests are cancelled then: they undo what they have begun.
    configuration.shutdownTime = try value(Settings.shutdownTime) * 0.8
    configuration.spool = folder.uploads
    return configuration
  }

  private func zone() throws -> TimeZone {
    let name = try value(Settings.timeZone)
    guard let zone = TimeZone(identifier: name) else {
      throw Failure(.usage, "\(Settings.timeZone.key): there is no time zone '\(name)'")
    }
    return zone
  }
}
