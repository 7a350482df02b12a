/// What ``PrometheusMetrics`` can be told.
public struct PrometheusOptions: Sendable {
  /// The buckets of timers, in seconds.
  public var timerBuckets = HistogramBuckets.seconds
  /// The buckets of recorders.
  public var recorderBuckets = HistogramBuckets.values
  /// The buckets of single timers and recorders, by label.
  public var buckets: [String: HistogramBuckets] = [:]
  /// The help texts of metrics, by label. Those of the library have theirs already; other metrics show their label.
  public var help: [String: String] = [:]
  /// Labels that every series has, unless it has one of that name itself: `["service": "shop"]`.
  public var labels: [String: String] = [:]
  /// How many series a metric may have; less than one counts as one.
  public var maxSeriesPerMetric = 1_000
  /// How many metrics there may be; less than one counts as one.
  public var maxMetrics = 10_000

  /// The defaults.
  public init() {}
}
