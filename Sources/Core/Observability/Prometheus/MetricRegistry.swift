/// All metrics and their series: a pure value, for a lock to guard.
struct MetricRegistry: Sendable {
  /// A metric with all its series.
  struct Family: Sendable {
    let key: MetricKey
    let name: String
    let help: String
    var entries: [String: Entry] = [:]
    /// Of the first series; the others should have the same.
    let labelNames: [String]
    var reported: Set<MetricProblem> = []

    /// What is exported of it, as it is now.
    func snapshot() -> MetricSnapshot {
      MetricSnapshot(
        name: name, kind: key.kind, help: help,
        series: entries.map { ($0.key, $0.value.series.value) }.sorted { $0.0 < $1.0 })
    }
  }

  struct Entry: Sendable {
    let series: any MetricSeries
    /// How many have asked for it and not destroyed it; the overflow has no end.
    var users: Int
  }

  private let options: PrometheusOptions
  private var names = MetricNames()
  private var metrics: [MetricKey: Family] = [:]
  private var tally: [MetricProblem: Int]
  /// Whether too many metrics have been reported.
  private var isFull = false

  static let problemsName = "revoada_prometheus_problems"

  init(_ options: PrometheusOptions) {
    self.options = options
    tally = Dictionary(uniqueKeysWithValues: MetricProblem.allCases.map { ($0, 0) })
    // Its own metric is always there, and its name is nobody else's.
    _ = names.take(MetricKey(kind: .counter, label: Self.problemsName))
  }

  var problems: [MetricProblem: Int] { tally.filter { $0.value > 0 } }

  /// Sorted by their names.
  var families: [Family] { (Array(metrics.values) + [ownFamily]).sorted { $0.name < $1.name } }

  private var ownFamily: Family {
    let key = MetricKey(kind: .counter, label: Self.problemsName)
    var family = Family(
      key: key, name: Self.problemsName + "_total",
      help: "Metrics that were out of order, by what was wrong.",
      labelNames: ["problem"])
    for (problem, count) in tally {
      let labels = SeriesLabels([("problem", problem.rawValue)], constant: options.labels, .counter)
      let series = CounterSeries(SeriesKey(metric: key, labels: labels.text))
      series.increment(by: Int64(count))
      family.entries[labels.text] = Entry(series: series, users: 1)
    }
    return family
  }

  // MARK: Making and destroying

  /// The series of a metric with these dimensions, and the problems of that metric that are to be told for the first time.
  mutating func series(
    _ key: MetricKey, _ dimensions: [(String, String)]
  ) -> (any MetricSeries, news: [MetricProblem]) {
    let labels = SeriesLabels(dimensions, constant: options.labels, key.kind)
    let seriesKey = SeriesKey(metric: key, labels: labels.text)
    if let known = metrics[key]?.entries[labels.text] {
      metrics[key]?.entries[labels.text]?.users += 1
      return (known.series, [])
    }
    guard var (family, problems) = takeOut(key, labels.names) else {
      tally[.tooManyMetrics, default: 0] += 1
      defer { isFull = true }
      return (create(seriesKey), isFull ? [] : [.tooManyMetrics])
    }
    if labels.isRenamed { problems.append(.labelRenamed) }
    if family.labelNames != labels.names { problems.append(.labelsDiffer) }
    let series: any MetricSeries
    if family.entries.count < max(1, options.maxSeriesPerMetric) {
      series = create(seriesKey)
      family.entries[labels.text] = Entry(series: series, users: 1)
    } else {
      problems = [.tooManySeries]
      series = overflow(&family) ?? create(seriesKey)
    }
    for problem in problems { tally[problem, default: 0] += 1 }
    let news = problems.filter { family.reported.insert($0).inserted }
    metrics[key] = family
    return (series, news)
  }

  /// A metric, known or new, to be changed in place and put back; nil if there may be no more.
  private mutating func takeOut(_ key: MetricKey, _ labelNames: [String]) -> (Family, [MetricProblem])? {
    if let known = metrics.removeValue(forKey: key) { return (known, []) }
    if metrics.count >= max(1, options.maxMetrics) { return nil }
    let (name, isOther) = names.take(key)
    let help = options.help[key.label] ?? LibraryMetrics.help[key.label] ?? key.label
    return (Family(key: key, name: name, help: help, labelNames: labelNames), isOther ? [.nameTaken] : [])
  }

  private func create(_ key: SeriesKey) -> any MetricSeries {
    switch key.metric.kind {
    case .counter: CounterSeries(key)
    case .gauge: GaugeSeries(key)
    case .histogram: HistogramSeries(key, options.buckets[key.metric.label] ?? options.recorderBuckets)
    case .timer: HistogramSeries(key, options.buckets[key.metric.label] ?? options.timerBuckets)
    }
  }

  /// The one series in which all go on that are too many; nil for gauges, whose values cannot be put together.
  private func overflow(_ family: inout Family) -> (any MetricSeries)? {
    if family.key.kind == .gauge { return nil }
    let labels = SeriesLabels([("overflow", "true")], constant: options.labels, family.key.kind).text
    if let known = family.entries[labels] { return known.series }
    let series = create(SeriesKey(metric: family.key, labels: labels))
    family.entries[labels] = Entry(series: series, users: .max)
    return series
  }

  /// One user less. A metric without series gives its name back.
  mutating func destroy(_ series: any MetricSeries) {
    let (key, labels) = (series.key.metric, series.key.labels)
    guard let entry = metrics[key]?.entries[labels], entry.series === series, entry.users < .max else {
      return
    }
    if entry.users > 1 {
      metrics[key]?.entries[labels]?.users -= 1
      return
    }
    metrics[key]?.entries[labels] = nil
    if let family = metrics[key], family.entries.isEmpty {
      names.giveBack(family.name, key.kind)
      metrics[key] = nil
    }
  }
}
