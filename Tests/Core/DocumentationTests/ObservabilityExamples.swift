import CoreMetrics
import Logging
import RevoadaObservability
import Testing

/// The examples of the family Observability, as they stand in its documentation.
struct ObservabilityExamples {
  /// Not run: a process bootstraps once.
  func bootstrap() {
    let metrics = PrometheusMetrics()
    MetricsSystem.bootstrap(metrics)
    let logging = StructuredLogging(format: .json, level: .info)
    LoggingSystem.bootstrap { logging.handler(label: $0) }
  }

  /// Not run: a process bootstraps once.
  func structuredLogging() {
    var logging = StructuredLogging(format: .json, level: .info)
    logging.levels["revoada.worker_pool"] = .debug
    logging.redaction = .common.adding(["cpf"])
    LoggingSystem.bootstrap { [logging] label in logging.handler(label: label) }
  }

  @Test func endpoint() {
    let metrics = PrometheusMetrics()
    func answer(_ path: String) -> (status: Int, type: String, body: String) {
      if path == "/metrics" { return (200, PrometheusMetrics.contentType, metrics.text()) }
      return (404, "text/plain", "")
    }
    #expect(answer("/metrics").body.contains("# TYPE revoada_prometheus_problems_total counter"))
    #expect(answer("/").status == 404)
  }

  @Test func buckets() throws {
    var options = PrometheusOptions()
    options.labels = ["service": "shop"]
    options.buckets["revoada_bulkhead_wait_seconds"] = try HistogramBuckets([0.001, 0.01, 0.1, 1])
    options.timerBuckets = try .exponential(from: 0.0001, factor: 4, count: 8)
    let metrics = PrometheusMetrics(options)
    Timer(label: "revoada_bulkhead_wait_seconds", factory: metrics).recordMilliseconds(5)
    #expect(metrics.text().contains("_bucket{service=\"shop\",le=\"0.01\"} 1\n"))
  }
}
