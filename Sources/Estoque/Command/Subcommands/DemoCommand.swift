import ArgumentParser
import CoreMetrics
import EstoqueAccess
import Foundation
import RevoadaConsole
import RevoadaObservability

/// `estoque demo`.
struct DemoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "Runs the service with an invented company, its invoices and a login of its own.",
    discussion:
      "Everything is in a new folder, which is removed when the demo ends. Listens on loopback only.")

  @Option(help: "The port; 0 for any free one.") var port = 8080

  func run() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "estoque-demo-\(UUID().uuidString)")
    try FileManager.default.createDirectory(
      at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    defer { try? FileManager.default.removeItem(at: folder) }
    let sources = try await DemoCompany.settings(in: folder, port: port)
    let metrics = PrometheusMetrics()
    MetricsSystem.bootstrap(metrics)
    let password = DemoCompany.password()
    try await sources.withDatabase { database in
      let service = try StockService(sources, database, metrics: metrics) { port in
        Console.output(
          """

          Estoque: http://127.0.0.1:\(port)
          Login:   demo
          Senha:   \(password)

          Ctrl-C termina e apaga tudo.
          """)
      }
      try await service.access.createUser(
        NewAccount(login: "demo", name: "Demonstração", role: .admin, password: password), by: .command)
      try await DemoCompany.describe(database)
      let report = try await DemoCompany.move(into: service.intake)
      Console.error("NF-e: \(report.summary)")
      try await service.run(isProcess: true)
    }
  }
}
