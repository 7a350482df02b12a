/// A metric as it was at some moment.
struct MetricSnapshot: Sendable {
  let name: String
  let kind: MetricKind
  let help: String
  /// The labels as they are exported (`a="b",c="d"`), and the value.
  let series: [(labels: String, value: SeriesValue)]
}

/// The text exposition format 0.0.4 of Prometheus (prometheus.io/docs/instrumenting/exposition_formats).
enum PrometheusText {
  static func encode(_ metrics: [MetricSnapshot]) -> String {
    var text = ""
    for metric in metrics {
      text += "# HELP \(metric.name) \(escaped(metric.help, quotes: false))\n"
      text += "# TYPE \(metric.name) \(type(metric.kind))\n"
      for (labels, value) in metric.series { encode(metric.name, labels, value, into: &text) }
    }
    return text
  }

  private static func type(_ kind: MetricKind) -> String {
    switch kind {
    case .counter: "counter"
    case .gauge: "gauge"
    case .histogram, .timer: "histogram"
    }
  }

  private static func encode(_ name: String, _ labels: String, _ value: SeriesValue, into text: inout String)
  {
    func line(_ suffix: String, _ more: String, _ value: String) {
      let all = more.isEmpty ? labels : labels.isEmpty ? more : "\(labels),\(more)"
      text += name + suffix + (all.isEmpty ? " " : "{\(all)} ") + value + "\n"
    }
    switch value {
    case .count(let count): line("", "", String(count))
    case .number(let number): line("", "", self.number(number))
    case .histogram(let bounds, let counts, let sum):
      var total: UInt64 = 0
      for (bound, count) in zip(bounds, counts) {
        total &+= count
        line("_bucket", "le=\"\(self.number(bound))\"", String(total))
      }
      total &+= counts.last ?? 0
      line("_bucket", "le=\"+Inf\"", String(total))
      line("_sum", "", self.number(sum))
      line("_count", "", String(total))
    }
  }

  /// A number as Go's `ParseFloat` reads it.
  static func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
    if value == value.rounded(), abs(value) < 1e15 { return String(Int64(value)) }
    return value.description
  }

  /// Backslashes and line breaks; in values of labels quotation marks as well.
  static func escaped(_ text: String, quotes: Bool) -> String {
    var escaped = ""
    // By scalars: a carriage return and a line feed are one character.
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": escaped += "\\\\"
      case "\n": escaped += "\\n"
      case "\"" where quotes: escaped += "\\\""
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}
