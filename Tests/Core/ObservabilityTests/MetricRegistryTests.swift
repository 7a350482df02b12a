import CoreMetrics
import Testing

@testable import RevoadaObservability

/// Names, identities, and what is reported instead of crashing.
@Suite(.timeLimit(.minutes(10)))
struct MetricRegistryTests {
  @Test(arguments: [
    ("http.requests", "http_requests"), ("a-b c", "a_b_c"), ("9lives", "_9lives"), ("", "_"),
    ("ns:sub", "ns:sub"),
    ("preço", "pre_o"), ("٣", "_"),
  ])
  func namesAreMadeAllowed(_ label: String, _ name: String) {
    #expect(MetricNames.allowed(label, also: ":") == name)
  }

  @Test func suffixesAreNotDoubled() {
    let metrics = PrometheusMetrics()
    Counter(label: "jobs_total", factory: metrics).increment()
    Timer(label: "wait_seconds", factory: metrics).recordNanoseconds(1)
    let text = metrics.text()
    #expect(text.contains("\njobs_total 1\n") && text.contains("\nwait_seconds_count 1\n"))
  }

  @Test func theSameDimensionsInAnotherOrderAreTheSameSeries() {
    let metrics = PrometheusMetrics()
    Counter(label: "c", dimensions: [("a", "1"), ("b", "2")], factory: metrics).increment()
    Counter(label: "c", dimensions: [("b", "2"), ("a", "1")], factory: metrics).increment()
    FloatingPointCounter(label: "c", dimensions: [("b", "2"), ("a", "1")], factory: metrics).increment(
      by: 0.5)
    #expect(metrics.text().contains("\nc_total{a=\"1\",b=\"2\"} 2.5\n"))
    #expect(metrics.problems.isEmpty)
  }

  @Test func differentMetricsNeverShareAName() {
    let metrics = PrometheusMetrics()
    Meter(label: "a.b", factory: metrics).set(1)
    Meter(label: "a_b", factory: metrics).set(2)
    Recorder(label: "a_b", factory: metrics).record(3)
    Recorder(label: "x", factory: metrics).record(4)
    Meter(label: "x_count", factory: metrics).set(5)
    Counter(label: "jobs", factory: metrics).increment(by: 6)
    Counter(label: "jobs_total", factory: metrics).increment(by: 7)
    let text = metrics.text()
    for line in [
      "a_b 1", "a_b_2 2", "a_b_3_sum 3", "x_sum 4", "x_count_2 5", "jobs_total 6", "jobs_2_total 7",
    ] { #expect(text.contains("\n\(line)\n"), "\(line)") }
    #expect(metrics.problems == [.nameTaken: 4])
    #expect(text.contains("\nrevoada_prometheus_problems_total{problem=\"name_taken\"} 4\n"))
  }

  @Test func everyTypeLineIsThereOnceAndItsLinesAreTogether() {
    let metrics = PrometheusMetrics()
    for label in ["b", "a.c", "a_c", "b_sum"] {
      for value in ["x", "y"] {
        Counter(label: label, dimensions: [("l", value)], factory: metrics).increment()
        Meter(label: label, dimensions: [("l", value)], factory: metrics).set(1)
        Timer(label: label, dimensions: [("l", value)], factory: metrics).recordNanoseconds(1)
        Recorder(label: label, dimensions: [("l", value)], factory: metrics).record(1)
      }
    }
    var types: [String] = []
    var samples: Set<Substring> = []
    for line in metrics.text().split(separator: "\n") {
      if line.hasPrefix("# TYPE ") { types.append(String(line.split(separator: " ")[2])) }
      if line.hasPrefix("#") { continue }
      #expect(line.hasPrefix(types.last!), "\(line) is not below its own type")
      #expect(samples.insert(line.prefix { $0 != " " }).inserted, "\(line) is there twice")
    }
    #expect(types.count == 17 && Set(types).count == 17 && types == types.sorted())
  }

  @Test func otherLabelNamesAreReportedAndExported() {
    let metrics = PrometheusMetrics()
    Counter(label: "c", dimensions: [("a", "1")], factory: metrics).increment()
    Counter(label: "c", factory: metrics).increment(by: 2)
    let text = metrics.text()
    #expect(text.contains("\nc_total 2\nc_total{a=\"1\"} 1\n"))
    #expect(metrics.problems == [.labelsDiffer: 1])
  }

  @Test func labelsThatCannotBeGetAnotherName() {
    let metrics = PrometheusMetrics()
    Recorder(label: "r", dimensions: [("le", "1"), ("a", "x"), ("a", "y")], factory: metrics).record(1)
    Meter(
      label: "m", dimensions: [("le", "1"), ("__name__", "n"), ("a-b", "1"), ("a_b", "2")], factory: metrics
    )
    .set(1)
    let text = metrics.text()
    #expect(text.contains("\nr_count{a=\"x\",a_2=\"y\",exported_le=\"1\"} 1\n"))
    #expect(text.contains("\nm{a_b=\"1\",a_b_2=\"2\",exported_name__=\"n\",le=\"1\"} 1\n"))
    #expect(metrics.problems == [.labelRenamed: 2])
  }

  @Test func tooManySeriesGoOnInOne() {
    var options = PrometheusOptions()
    options.maxSeriesPerMetric = 2
    let metrics = PrometheusMetrics(options)
    for user in 0..<10 {
      Counter(label: "c", dimensions: [("user", "\(user)")], factory: metrics).increment()
      Meter(label: "m", dimensions: [("user", "\(user)")], factory: metrics).set(user)
    }
    #expect(
      metrics.text().droppingProblems == """
        # HELP c_total c
        # TYPE c_total counter
        c_total{overflow="true"} 8
        c_total{user="0"} 1
        c_total{user="1"} 1
        # HELP m m
        # TYPE m gauge
        m{user="0"} 0
        m{user="1"} 1

        """)
    #expect(metrics.problems == [.tooManySeries: 16])
  }

  @Test func tooManyMetricsAreNotExported() {
    var options = PrometheusOptions()
    options.maxMetrics = 1
    let metrics = PrometheusMetrics(options)
    for number in 0..<5 { Meter(label: "m\(number)", factory: metrics).set(number) }
    #expect(metrics.text().droppingProblems == "# HELP m0 m0\n# TYPE m0 gauge\nm0 0\n")
    #expect(metrics.problems == [.tooManyMetrics: 4])
  }

  @Test func limitsBelowOneCountAsOne() {
    var options = PrometheusOptions()
    (options.maxMetrics, options.maxSeriesPerMetric) = (0, -7)
    let metrics = PrometheusMetrics(options)
    Meter(label: "m", factory: metrics).set(1)
    #expect(metrics.text().contains("\nm 1\n"))
  }

  @Test func aSeriesGoesWithTheLastWhoWantedIt() {
    let metrics = PrometheusMetrics()
    let first = Counter(label: "c", factory: metrics)
    let second = Counter(label: "c", factory: metrics)
    first.increment()
    first.destroy()
    second.increment()
    #expect(metrics.text().contains("\nc_total 2\n"))
    second.destroy()
    second.destroy()
    second.increment()
    #expect(!metrics.text().contains("c_total"))
    // It begins anew, and its name was free.
    Counter(label: "c", factory: metrics).increment()
    #expect(metrics.text().contains("\nc_total 1\n") && metrics.problems.isEmpty)
  }

  @Test func everyKindCanBeDestroyedAndGivesItsRoomBack() {
    var options = PrometheusOptions()
    (options.maxMetrics, options.maxSeriesPerMetric) = (5, 1)
    let metrics = PrometheusMetrics(options)
    for turn in 0..<3 {
      let turn = [("turn", "\(turn)")]
      let counter = Counter(label: "a", dimensions: turn, factory: metrics)
      let number = FloatingPointCounter(label: "b", dimensions: turn, factory: metrics)
      let meter = Meter(label: "c", dimensions: turn, factory: metrics)
      let recorder = Recorder(label: "d", dimensions: turn, aggregate: true, factory: metrics)
      let timer = Timer(label: "e", dimensions: turn, factory: metrics)
      counter.destroy()
      number.destroy()
      meter.destroy()
      recorder.destroy()
      timer.destroy()
    }
    #expect(metrics.problems.isEmpty && metrics.text().droppingProblems.isEmpty)
  }

  @Test func aHandlerOfAnotherBackendIsLeftAlone() {
    let (mine, other) = (PrometheusMetrics(), PrometheusMetrics())
    Counter(label: "c", factory: mine).increment()
    other.destroyCounter(mine.makeCounter(label: "c", dimensions: []))
    mine.destroyCounter(NOOPMetricsHandler.instance)
    mine.destroyCounter(other.makeCounter(label: "c", dimensions: []))
    #expect(mine.text().contains("\nc_total 1\n"))
  }
}
