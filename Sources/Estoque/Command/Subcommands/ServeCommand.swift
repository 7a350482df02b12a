import ArgumentParser
import CoreMetrics
import RevoadaConsole
import RevoadaObservability

/// `estoque serve`.
struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve", abstract: "Runs the service: pages, API, intake, imports and exports.",
    discussion: """
      Listens on loopback only, unless server.host says otherwise; a proxy that speaks TLS stands in front of it. SIGTERM and \
      SIGINT end it: what is under way has server.shutdownTime to end, and nothing is lost.
      """)

  @OptionGroup var settings: SettingOptions
  @OptionGroup var checks: CheckOptions
  @Option(help: "The address to listen to.") var host: String?
  @Option(help: "The port; 0 for any free one.") var port: Int?

  func run() async throws {
    let sources = try await settings.sources(
      [Settings.host.key: host, Settings.port.key: port.map(String.init)].merging(checks.flags) { $1 },
      isService: true)
    // Before anything is made that reports.
    let metrics = PrometheusMetrics()
    MetricsSystem.bootstrap(metrics)
    let host = try sources.value(Settings.host)
    try await sources.withDatabase { database in
      let service = try StockService(sources, database, metrics: metrics) { port in
        Console.output("Estoque: http://\(host):\(port)")
      }
      try await service.run(isProcess: true)
    }
  }
}
