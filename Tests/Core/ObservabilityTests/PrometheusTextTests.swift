import CoreMetrics
import Testing

@testable import RevoadaObservability

/// What is exported, line by line, as the text exposition format 0.0.4 has it.
@Suite(.timeLimit(.minutes(10)))
struct PrometheusTextTests {
  @Test func countersGaugesAndHistogramsHaveTheirLines() throws {
    var options = PrometheusOptions()
    options.help["requests"] = "Requests that were answered."
    options.buckets["answer"] = try HistogramBuckets([0.01, 0.1, 1])
    options.buckets["size"] = try HistogramBuckets([10, 100])
    let metrics = PrometheusMetrics(options)

    let requests = Counter(
      label: "requests", dimensions: [("path", "/"), ("code", "200")], factory: metrics)
    requests.increment(by: 1027)
    Counter(label: "requests", dimensions: [("code", "400"), ("path", "/")], factory: metrics)
      .increment(by: 3)
    FloatingPointCounter(label: "joules", factory: metrics).increment(by: 2.5)
    Meter(label: "queued", factory: metrics).set(7)
    Gauge(label: "temperature", factory: metrics).record(36.6)
    let timer = Timer(label: "answer", factory: metrics)
    for milliseconds in [5, 50, 60, 5_000] { timer.recordMilliseconds(milliseconds) }
    let sizes = Recorder(label: "size", factory: metrics)
    for size in [10, 11, 1_000] { sizes.record(size) }

    #expect(
      metrics.text().droppingProblems == """
        # HELP answer_seconds answer
        # TYPE answer_seconds histogram
        answer_seconds_bucket{le="0.01"} 1
        answer_seconds_bucket{le="0.1"} 3
        answer_seconds_bucket{le="1"} 3
        answer_seconds_bucket{le="+Inf"} 4
        answer_seconds_sum 5.115
        answer_seconds_count 4
        # HELP joules_total joules
        # TYPE joules_total counter
        joules_total 2.5
        # HELP queued queued
        # TYPE queued gauge
        queued 7
        # HELP requests_total Requests that were answered.
        # TYPE requests_total counter
        requests_total{code="200",path="/"} 1027
        requests_total{code="400",path="/"} 3
        # HELP size size
        # TYPE size histogram
        size_bucket{le="10"} 1
        size_bucket{le="100"} 2
        size_bucket{le="+Inf"} 3
        size_sum 1021
        size_count 3
        # HELP temperature temperature
        # TYPE temperature gauge
        temperature 36.6

        """)
  }

  @Test func problemsAreThereFromTheStart() {
    #expect(
      PrometheusMetrics().text() == """
        # HELP revoada_prometheus_problems_total Metrics that were out of order, by what was wrong.
        # TYPE revoada_prometheus_problems_total counter
        revoada_prometheus_problems_total{problem="label_renamed"} 0
        revoada_prometheus_problems_total{problem="labels_differ"} 0
        revoada_prometheus_problems_total{problem="name_taken"} 0
        revoada_prometheus_problems_total{problem="too_many_metrics"} 0
        revoada_prometheus_problems_total{problem="too_many_series"} 0

        """)
  }

  @Test func labelValuesAndHelpAreEscaped() {
    var options = PrometheusOptions()
    options.help["m"] = "a \\ and\na \"quote\""
    options.labels = ["service": "loja \"A\""]
    let metrics = PrometheusMetrics(options)
    Meter(label: "m", dimensions: [("path", "C:\\DIR\nnew\r\n\"quoted\" ção")], factory: metrics).set(1)
    #expect(
      metrics.text().droppingProblems == """
        # HELP m a \\\\ and\\na "quote"
        # TYPE m gauge
        m{path="C:\\\\DIR\\nnew\r\\n\\"quoted\\" ção",service="loja \\"A\\""} 1

        """)
  }

  @Test(arguments: [
    (1.0, "1"), (-0.5, "-0.5"), (0.1 + 0.2, "0.30000000000000004"), (1e15, "1000000000000000.0"),
    (1e16, "1e+16"), (1e-7, "1e-07"),
    (.nan, "NaN"), (.infinity, "+Inf"), (-.infinity, "-Inf"), (9_007_199_254_740_991, "9007199254740991.0"),
  ])
  func numbersAreAsGoReadsThem(_ value: Double, _ text: String) {
    #expect(PrometheusText.number(value) == text)
  }

  @Test func aGaugeShowsWhatIsNoNumberAndOthersIgnoreIt() throws {
    var options = PrometheusOptions()
    options.timerBuckets = try HistogramBuckets([1])
    options.recorderBuckets = options.timerBuckets
    let metrics = PrometheusMetrics(options)
    Gauge(label: "gauge", factory: metrics).record(Double.nan)
    let recorder = Recorder(label: "recorder", factory: metrics)
    for value in [Double.nan, .infinity, -.infinity, -2] { recorder.record(value) }
    let counter = FloatingPointCounter(label: "counter", factory: metrics)
    for value in [Double.nan, .infinity, -1, 0.5] { counter.increment(by: value) }
    Counter(label: "counter", factory: metrics).increment(by: -5)
    Timer(label: "timer", factory: metrics).recordNanoseconds(-1)
    let text = metrics.text()
    for line in [
      "gauge NaN", "recorder_bucket{le=\"1\"} 1", "recorder_sum -2", "recorder_count 1", "counter_total 0.5",
      "timer_seconds_sum 0", "timer_seconds_count 1",
    ] { #expect(text.contains("\n\(line)\n")) }
  }

  @Test func theCounterOfMoreThanADoubleHoldsIsExact() {
    let metrics = PrometheusMetrics()
    let counter = Counter(label: "bytes", factory: metrics)
    counter.increment(by: Int64.max)
    counter.increment()
    #expect(metrics.text().contains("\nbytes_total 9223372036854775808\n"))
    counter.reset()
    #expect(metrics.text().contains("\nbytes_total 0\n"))
  }

  @Test func aMeterGoesUpAndDown() {
    let metrics = PrometheusMetrics()
    let meter = Meter(label: "level", factory: metrics)
    meter.increment(by: 3)
    meter.decrement(by: 0.5)
    meter.increment()
    #expect(metrics.text().contains("\nlevel 3.5\n"))
  }

  @Test func bucketsMustAscend() throws {
    for bounds in [[], [1, 1], [2, 1], [.nan], [1, .infinity]] as [[Double]] {
      #expect(throws: InvalidBuckets.self) { try HistogramBuckets(bounds) }
    }
    #expect(try HistogramBuckets.exponential(from: 1, factor: 10, count: 3).bounds == [1, 10, 100])
    for (start, factor, count) in [(1.0, 1.0, 2), (0, 2, 2), (1, 2, 0), (1, 2, -1), (1, 2, 1_000_000)] {
      #expect(throws: InvalidBuckets.self) {
        try HistogramBuckets.exponential(from: start, factor: factor, count: count)
      }
    }
  }
}

extension String {
  /// Without the backend's own metric, which is always there.
  var droppingProblems: String {
    split(separator: "\n", omittingEmptySubsequences: false)
      .filter { !$0.contains("revoada_prometheus_problems") }.joined(separator: "\n")
  }
}
