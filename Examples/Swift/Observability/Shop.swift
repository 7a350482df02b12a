import CoreMetrics
import Logging
import Revoada
import RevoadaObservability

/// A shop's orders go through a pool and a breaker that opens: its log is JSON on standard error, its metrics are printed as Prometheus would
/// fetch them.
@main
struct Shop {
  struct PaymentFailed: Error {}

  static func main() async throws {
    let metrics = PrometheusMetrics()
    MetricsSystem.bootstrap(metrics)
    LoggingSystem.bootstrap(logging)
    Scheduler.installGlobally(workers: 2)
    try await spawn { try await trade() }.value
    print(metrics.text())
  }

  /// One line of JSON for each record; what a customer's number is stays out of it.
  @Sendable static func logging(label: String) -> any LogHandler {
    var logging = StructuredLogging(format: .json, level: .info)
    logging.levels["revoada.worker_pool"] = .debug
    logging.redaction = .common.adding(["cpf"])
    return logging.handler(label: label)
  }

  static func trade() async throws {
    let logger = Logger(label: "shop")
    let breaker = CircuitBreaker(name: "payments", threshold: 3, openFor: .milliseconds(20))
    let pool = WorkerPool<Int, Void>(name: "orders", workers: 4, queue: 100) { order in
      do {
        try await breaker.call {
          try await sleep(for: .milliseconds(1))
          if (40..<50).contains(order) { throw PaymentFailed() }
        }
        logger.info("paid", metadata: ["order": "\(order)", "cpf": "111.444.777-35"])
      } catch {
        logger.error("not paid", error: error, metadata: ["order": "\(order)"])
        throw error
      }
    }
    for order in 1...100 { _ = try await pool.submit(order) }
    await pool.close()
  }
}
