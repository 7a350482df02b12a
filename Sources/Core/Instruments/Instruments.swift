import CoreMetrics
import Logging

/// How one object of the library reports: its counters, gauges and timers through swift-metrics, its changes of state
/// through swift-log.
///
/// Metrics cost nothing while nobody listens: without a metrics system in place when the object is created, every instrument
/// is nil. A metric is called `revoada_<kind>_<what>`, with the object's name as its dimension `name`.
package struct Instruments: Sendable {
  /// Labelled `revoada.<kind>`, with the object's name in its metadata.
  package let logger: Logger
  private let prefix: String
  private let dimensions: [(String, String)]
  /// Nil while nobody listens.
  private let factory: (any MetricsFactory)?

  /// - Parameters:
  ///   - kind: what the object is, in snake case: `worker_pool`.
  ///   - name: which one it is, if it has a name.
  package init(kind: String, name: String?) {
    var logger = Logger(label: "revoada.\(kind)")
    if let name { logger[metadataKey: "name"] = "\(name)" }
    self.logger = logger
    prefix = "revoada_\(kind)_"
    dimensions = name.map { [("name", $0)] } ?? []
    let factory = MetricsSystem.factory
    self.factory = factory is NOOPMetricsHandler ? nil : factory
  }

  /// Whether anybody listens to metrics.
  package var isMeasuring: Bool { factory != nil }

  /// Something that is counted: `counter("completed")`. More dimensions come after the object's name.
  package func counter(_ what: String, _ more: [(String, String)] = []) -> Counter? {
    factory.map { Counter(label: prefix + what, dimensions: dimensions + more, factory: $0) }
  }

  /// A value that goes up and down: `meter("queued")`.
  package func meter(_ what: String, _ more: [(String, String)] = []) -> Meter? {
    factory.map { Meter(label: prefix + what, dimensions: dimensions + more, factory: $0) }
  }

  /// How long something takes: `timer("wait_seconds")`.
  package func timer(_ what: String, _ more: [(String, String)] = []) -> Timer? {
    factory.map { Timer(label: prefix + what, dimensions: dimensions + more, factory: $0) }
  }
}

extension Timer {
  /// Records a duration; whole nanoseconds, at most the largest that the facade can carry.
  package func record(_ duration: Duration) {
    let (seconds, attoseconds) = duration.components
    let (nanoseconds, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    recordNanoseconds(overflow ? .max : nanoseconds &+ attoseconds / 1_000_000_000)
  }
}
