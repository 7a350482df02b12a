import EstoqueDomain
import EstoqueIntake
import EstoqueStock
import Logging
import RevoadaObservability

/// What is done about signatures.
enum SignaturePolicy: String, CaseIterable, Sendable {
  /// They are not looked at.
  case off
  /// A document whose signature proves nothing carries a warning.
  case warn
  /// A document whose signature proves nothing is refused.
  case require
}

/// All settings of the service. The names do not change: people have them in files.
enum Settings {
  static let companies = Setting<[CNPJ]>(
    companies: "company.cnpjs", "CNPJs of the company and its branches, whose invoices move the stock")
  static let companyName = Setting<String>("company.name", "", "the company's name, as pages show it")
  static let timeZone = Setting<String>(
    "company.timeZone", "America/Sao_Paulo",
    "where a day begins, for reports: a name of the time zone database")

  static let database = Setting<String>(
    "database.location", "estoque.db", "a file of SQLite, or postgres://user@host/name", isSecret: true)
  static let connections = Setting<Int>(
    "database.connections", 25, "connections to PostgreSQL at most", in: 1...1000)
  static let folder = Setting<String>(
    "data.folder", "estoque-data", "where uploads and finished exports are kept; made if it is not there")

  static let host = Setting<String>("server.host", "127.0.0.1", "the address that the server listens to")
  static let port = Setting<Int>("server.port", 8080, "its port; 0 for any free one", in: 0...65535)
  static let trustedProxies = Setting<[String]>(
    "server.trustedProxies", [], "addresses of proxies whose X-Forwarded-For and -Proto are believed")
  static let requestRate = Setting<Int>(
    "server.requestRate", 10, "requests a second that one user may make", in: 1...1_000_000)
  static let requestBurst = Setting<Int>(
    "server.requestBurst", 50, "requests that one user may make at once, after a pause", in: 1...1_000_000)
  static let requestTime = Setting<Duration>(
    "server.requestTime", seconds: 30, "how long a request may take", in: 0.1...3600)
  static let uploadSize = Setting<Int>("server.uploadMiB", 100, "MiB that an upload may have", in: 1...10_000)
  static let shutdownTime = Setting<Duration>(
    "server.shutdownTime", seconds: 5, "how long a stop waits for what is under way", in: 0.1...600)

  static let intakeWorkers = Setting<Int>(
    "intake.workers", 5, "documents that are worked at once", in: 1...256)
  static let unknownProducts = Setting<IntakeConfiguration.UnknownProducts>(
    choice: "intake.unknownProducts", .create, "what is done with goods of an invoice that nobody has mapped")
  static let intakeNegative = Setting<NegativeStock>(
    choice: "intake.negative", .allowed, "what happens when an invoice takes more than is there")
  static let watchedFolder = Setting<String>(
    "intake.watch", "", "a folder whose XML and ZIP files are taken in; empty for none")
  static let schemas = Setting<String>(
    "nfe.schemas", "",
    "a folder with the official schemas (XSD), which documents must fit; empty for no such check")
  static let signatures = Setting<SignaturePolicy>(
    choice: "nfe.signatures", .off, "what happens to documents whose signature proves nothing")
  static let authorities = Setting<String>(
    "nfe.authorities", "",
    "a file of PEM with the authorities that issue certificates for signing; empty to believe any certificate"
  )
  static let importWorkers = Setting<Int>(
    "imports.workers", 2, "workers that read the lines of an import", in: 1...256)
  static let importChunk = Setting<Int>(
    "imports.chunk", 6000, "lines that are stored in one transaction", in: 1...100_000)
  static let negativeStock = Setting<NegativeStock>(
    choice: "stock.negative", .refused, "what happens when more goes than is there")

  static let keepExports = Setting<Duration?>(
    days: "retention.exports", 7, "how long exports that have ended are kept, with their files")
  static let keepImports = Setting<Duration?>(
    days: "retention.imports", 90, "how long the lines of imports that have ended can be looked at")
  // The law wants them for five years, counted from the end of the year.
  static let keepDocuments = Setting<Duration?>(
    days: "retention.documents", 2190, "how long the XML files of invoices are kept that have been settled")

  static let sessionIdle = Setting<Duration>(
    "access.sessionIdle", seconds: 3600 * 8, "after how long without a request a session ends",
    in: 60...31_536_000)

  static let logLevel = Setting<Logger.Level>(
    choice: "log.level", .info, "what is logged, from this level on")
  static let logFormat = Setting<LogFormat>(choice: "log.format", .text, "how lines of the log look")

  /// In the order in which they are listed.
  static let all: [any AnySetting] = [
    companies, companyName, timeZone, database, connections, folder, host, port, trustedProxies, requestRate,
    requestBurst, requestTime, uploadSize, shutdownTime, intakeWorkers, unknownProducts,
    intakeNegative, watchedFolder, schemas, signatures, authorities, importWorkers, importChunk,
    negativeStock, keepExports, keepImports, keepDocuments, sessionIdle, logLevel, logFormat,
  ]
}
