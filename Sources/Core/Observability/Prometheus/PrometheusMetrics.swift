import CoreMetrics
import Logging
import RevoadaScheduling

/// All metrics of a process as text that Prometheus reads: a backend for swift-metrics.
///
/// ```swift
/// let metrics = PrometheusMetrics()
/// MetricsSystem.bootstrap(metrics)
/// ```
///
/// Bootstrap first thing in `main`: an object of the library asks for its instruments once, when it is made. Then answer requests for
/// `/metrics` with ``text()`` and ``contentType``, or write the text to a file for a batch job.
///
/// | swift-metrics | Prometheus |
/// | --- | --- |
/// | `Counter`, `FloatingPointCounter` | a counter, `_total` |
/// | `Meter`, `Gauge` | a gauge |
/// | `Timer` | a histogram in seconds, `_seconds`; display units are ignored |
/// | `Recorder` | a histogram |
///
/// The same label with the same dimensions, in whatever order, is one series, whoever asks for it; it goes away once each of them
/// has destroyed its part. Names that Prometheus does not allow are changed, and two metrics never end in one: see ``MetricProblem``,
/// which counts whatever was out of order instead of stopping the process. Decrements and NaN are ignored by counters and histograms.
///
/// Cost: 5 ns for a counter, 2 ns for a gauge, 12 ns for a histogram, without a lock; a lock and a look into dictionaries to create one.
public final class PrometheusMetrics: MetricsFactory {
  /// What the `Content-Type` of a response with this text is.
  public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

  private let registry: Guarded<MetricRegistry>

  /// Creates a backend without any metrics.
  public init(_ options: PrometheusOptions = PrometheusOptions()) {
    registry = Guarded(MetricRegistry(options))
  }

  /// Everything as it is now, in the text exposition format 0.0.4.
  ///
  /// Sorted by name and labels. A histogram's buckets, sum and count are read while others record: they may differ by what was
  /// recorded meanwhile, never by more. Cost: less than a microsecond a line.
  public func text() -> String {
    PrometheusText.encode(registry.withLock { $0.families }.map { $0.snapshot() })
  }

  /// How often something was out of order.
  public var problems: [MetricProblem: Int] { registry.withLock { $0.problems } }

  // MARK: MetricsFactory

  /// Finds or creates a counter.
  public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
    make(.counter, label, dimensions, as: CounterSeries.self)
  }
  /// Finds or creates a counter; one and the same as the `Counter` of that label and those dimensions.
  public func makeFloatingPointCounter(
    label: String, dimensions: [(String, String)]
  ) -> any FloatingPointCounterHandler { make(.counter, label, dimensions, as: CounterSeries.self) }
  /// Finds or creates a gauge.
  public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
    make(.gauge, label, dimensions, as: GaugeSeries.self)
  }
  /// Finds or creates a histogram, or a gauge if it is not to aggregate.
  public func makeRecorder(
    label: String, dimensions: [(String, String)], aggregate: Bool
  ) -> any RecorderHandler {
    if !aggregate { return make(.gauge, label, dimensions, as: GaugeSeries.self) }
    return make(.histogram, label, dimensions, as: HistogramSeries.self)
  }
  /// Finds or creates a histogram in seconds.
  public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
    make(.timer, label, dimensions, as: HistogramSeries.self)
  }

  /// Forgets a counter, once all who asked for it have called this.
  public func destroyCounter(_ handler: any CounterHandler) { destroy(handler) }
  /// Forgets a counter, once all who asked for it have called this.
  public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { destroy(handler) }
  /// Forgets a gauge, once all who asked for it have called this.
  public func destroyMeter(_ handler: any MeterHandler) { destroy(handler) }
  /// Forgets a histogram or gauge, once all who asked for it have called this.
  public func destroyRecorder(_ handler: any RecorderHandler) { destroy(handler) }
  /// Forgets a histogram, once all who asked for it have called this.
  public func destroyTimer(_ handler: any TimerHandler) { destroy(handler) }

  /// - Returns: a series of the class that the kind has.
  private func make<S: MetricSeries>(
    _ kind: MetricKind, _ label: String, _ dimensions: [(String, String)], as: S.Type
  ) -> S {
    let (series, news) = registry.withLock { $0.series(MetricKey(kind: kind, label: label), dimensions) }
    for problem in news {
      // Made now: metrics are usually bootstrapped before logs.
      Logger(label: "revoada.prometheus").warning(
        "a metric is out of order", metadata: ["metric": "\(label)", "problem": "\(problem)"])
    }
    return series as! S
  }

  private func destroy(_ handler: AnyObject) {
    guard let series = handler as? any MetricSeries else { return }
    registry.withLock { $0.destroy(series) }
  }
}

/// Something that was not as it should be with a metric. Counted in ``PrometheusMetrics/problems`` and exported as
/// `revoada_prometheus_problems_total`; the first of a kind is logged for each metric.
public enum MetricProblem: String, Sendable, CaseIterable, CustomStringConvertible {
  /// Another metric has its name already (`a.b` and `a_b`, or a timer and a gauge): it got a number behind it.
  case nameTaken = "name_taken"
  /// Series of one metric have different label names. Exported all the same; sums over them may surprise.
  case labelsDiffer = "labels_differ"
  /// Two dimensions had one name, or one that is reserved: it got another.
  case labelRenamed = "label_renamed"
  /// A metric has more series than it may. Counters and histograms go on in one series with the label `overflow="true"`, so
  /// that sums stay right; a gauge is not exported.
  case tooManySeries = "too_many_series"
  /// There are more metrics than there may be. It is not exported.
  case tooManyMetrics = "too_many_metrics"
  /// As it is exported.
  public var description: String { rawValue }
}
