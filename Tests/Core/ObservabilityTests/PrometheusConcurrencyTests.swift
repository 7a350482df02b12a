import CoreMetrics
import CoreTestSupport
import Revoada
import RevoadaObservability
import Testing

@Suite(.timeLimit(.minutes(10)))
struct PrometheusConcurrencyTests {
  /// Nothing that was recorded is lost, whoever creates, destroys or reads meanwhile.
  @Test(arguments: [2, 8])
  func everythingIsCounted(_ workers: Int) async throws {
    let (tasks, turns) = (8, 2_000)
    var options = PrometheusOptions()
    options.timerBuckets = try HistogramBuckets([0.001])
    options.maxSeriesPerMetric = 3
    let metrics = PrometheusMetrics(options)
    let texts = try await onWorkers(workers) {
      let readings = CoreTestSupport.Recorder<Int>()
      try await withScope { scope in
        for task in 0..<tasks {
          scope.spawn {
            let timer = Timer(label: "time", factory: metrics)
            let many = Counter(label: "many", dimensions: [("task", "\(task)")], factory: metrics)
            for turn in 0..<turns {
              // Each turn asks anew: that, too, is safe.
              Counter(label: "turns", factory: metrics).increment()
              FloatingPointCounter(label: "halves", factory: metrics).increment(by: 0.5)
              Meter(label: "level", factory: metrics).increment(by: turn % 2 == 0 ? 1 : 2)
              Meter(label: "level", factory: metrics).decrement(by: turn % 2 == 0 ? 1 : 2)
              timer.recordNanoseconds(turn % 2 == 0 ? 500_000 : 2_000_000)
              many.increment()
              if turn % 500 == 0 {
                let passing = Counter(label: "passing\(task)", factory: metrics)
                passing.increment()
                readings.add(metrics.text().count)
                passing.destroy()
              }
            }
          }
        }
      }
      return readings.values
    }
    #expect(texts.count == tasks * turns / 500)
    let text = metrics.text()
    let all = tasks * turns
    for line in [
      "turns_total \(all)", "halves_total \(all / 2)", "level 0", "time_seconds_count \(all)",
      "time_seconds_bucket{le=\"0.001\"} \(all / 2)", "many_total{overflow=\"true\"} \((tasks - 3) * turns)",
    ] { #expect(text.contains("\n\(line)\n"), "\(line)") }
    #expect(!text.contains("passing"))
  }
}
