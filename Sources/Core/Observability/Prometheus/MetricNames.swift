/// The names of Prometheus: what is allowed, and which are taken.
struct MetricNames: Sendable {
  private var taken: Set<String> = []

  /// Finds the name under which a metric is exported, and takes it.
  mutating func take(_ key: MetricKey) -> (name: String, isOther: Bool) {
    let base = Self.base(key)
    var number = 1
    while true {
      let name = Self.exported(number == 1 ? base : "\(base)_\(number)", key.kind)
      let samples = Self.samples(name, key.kind)
      if taken.isDisjoint(with: samples) {
        taken.formUnion(samples)
        return (name, number > 1)
      }
      number += 1
    }
  }

  mutating func giveBack(_ name: String, _ kind: MetricKind) { taken.subtract(Self.samples(name, kind)) }

  private static func base(_ key: MetricKey) -> String {
    let name = allowed(key.label, also: ":")
    switch key.kind {
    case .counter: return name.hasSuffix("_total") ? String(name.dropLast(6)) : name
    case .timer: return name.hasSuffix("_seconds") ? name : name + "_seconds"
    case .gauge, .histogram: return name
    }
  }

  private static func exported(_ name: String, _ kind: MetricKind) -> String {
    kind == .counter ? name + "_total" : name
  }

  /// All names that lines of the metric begin with.
  private static func samples(_ name: String, _ kind: MetricKind) -> [String] {
    switch kind {
    case .counter, .gauge: [name]
    case .histogram, .timer: [name, name + "_bucket", name + "_sum", name + "_count"]
    }
  }

  /// A name of letters, digits, underscores and what else is allowed, that does not begin with a digit.
  static func allowed(_ text: String, also other: Character? = nil) -> String {
    var name = ""
    for character in text {
      let isDigit = character >= "0" && character <= "9" && character.isASCII
      let isLetter = character.isASCII && character.isLetter || character == "_" || character == other
      if isDigit && name.isEmpty { name.append("_") }
      name.append(isDigit || isLetter ? character : "_")
    }
    return name.isEmpty ? "_" : name
  }
}

/// The labels of a series, as they are exported.
struct SeriesLabels: Sendable {
  /// Sorted.
  let names: [String]
  /// `a="b",c="d"`.
  let text: String
  /// Whether one had to get another name.
  let isRenamed: Bool

  /// - Parameter constant: labels to add unless there are such.
  init(_ dimensions: [(String, String)], constant: [String: String], _ kind: MetricKind) {
    var labels: [String: String] = [:]
    var isRenamed = false
    for (dimension, value) in dimensions {
      let wanted = Self.name(dimension, kind)
      var (name, number) = (wanted.name, 1)
      while labels[name] != nil {
        number += 1
        name = "\(wanted.name)_\(number)"
      }
      if wanted.isReserved || number > 1 { isRenamed = true }
      labels[name] = value
    }
    for (name, value) in constant {
      let name = Self.name(name, kind).name
      if labels[name] == nil { labels[name] = value }
    }
    let sorted = labels.sorted { $0.key < $1.key }
    names = sorted.map(\.key)
    text = sorted.map { "\($0.key)=\"\(PrometheusText.escaped($0.value, quotes: true))\"" }
      .joined(separator: ",")
    self.isRenamed = isRenamed
  }

  /// `le` is the bucket's, and two underscores in front are Prometheus's own.
  private static func name(_ dimension: String, _ kind: MetricKind) -> (name: String, isReserved: Bool) {
    let name = MetricNames.allowed(dimension)
    let isBucket = name == "le" && (kind == .histogram || kind == .timer)
    if isBucket || name.hasPrefix("__") { return ("exported_" + name.drop { $0 == "_" }, true) }
    return (name, false)
  }
}
