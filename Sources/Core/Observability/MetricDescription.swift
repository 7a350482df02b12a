/// A metric that the library reports: what it is called and what it means.
public struct MetricDescription: Sendable, Equatable {
  /// What it is in swift-metrics.
  public enum Kind: String, Sendable, Equatable {
    /// Only goes up.
    case counter
    /// Goes up and down.
    case meter
    /// A distribution of durations.
    case timer
  }

  /// As in swift-metrics. Prometheus shows counters with `_total` behind it.
  public let label: String
  /// What it is in swift-metrics.
  public let kind: Kind
  /// The names of its dimensions, sorted; objects without a name have no `name`.
  public let dimensions: [String]
  /// What is counted or measured: `calls`, `seconds`.
  public let unit: String
  /// A sentence for people.
  public let help: String
}
