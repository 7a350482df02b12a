import CoreMetrics
import CoreTestSupport
import MetricsTestKit
import Revoada
import Testing

@Suite(.timeLimit(.minutes(10)))
struct PipelineInstrumentsTests {
  @Test func stagesReportWhatTheyDo() async throws {
    let metrics = TestMetrics()
    try await withMetricsFactory(metrics) {
      try await Simulation().run {
        let pipeline = Pipeline(from: feed(1...10), name: "orders")
          .stage("check") { try failing($0, if: $0 > 7) }
          .stage("store") { number in try await sleep(for: .milliseconds(number)) }
        try await pipeline.run()
      }
    }
    let check = [("name", "orders"), ("stage", "check")]
    let store = [("name", "orders"), ("stage", "store")]
    #expect(try metrics.expectCounter("revoada_pipeline_processed", check).totalValue == 7)
    #expect(try metrics.expectCounter("revoada_pipeline_failed", check).totalValue == 3)
    #expect(try metrics.expectCounter("revoada_pipeline_processed", store).totalValue == 7)
    let work = try metrics.expectTimer("revoada_pipeline_work_seconds", store).values
    #expect(work.count == 7 && work.reduce(0, +) >= 28_000_000)
    #expect(try !metrics.expectTimer("revoada_pipeline_starved_seconds", store).values.isEmpty)
  }
}
