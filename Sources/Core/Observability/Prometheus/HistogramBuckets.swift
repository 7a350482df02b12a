/// The upper bounds of a histogram's buckets, in ascending order; what is above the last is in the bucket `+Inf`.
public struct HistogramBuckets: Sendable, Equatable {
  /// The bounds. A value equal to a bound is in its bucket.
  public let bounds: [Double]

  /// Bounds that were checked.
  /// - Throws: ``InvalidBuckets`` unless there is one at least, all are numbers, and each is above the one before.
  public init(_ bounds: [Double]) throws(InvalidBuckets) {
    let ascend = zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 }
    guard !bounds.isEmpty, ascend, bounds.allSatisfy(\.isFinite) else { throw InvalidBuckets(bounds: bounds) }
    self.bounds = bounds
  }

  private init(checked: [Double]) { bounds = checked }

  /// From 10 µs to 10 s.
  public static let seconds = HistogramBuckets(checked: [
    0.000_01, 0.000_1, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
  ])

  /// From 1 to 10,000.
  public static let values = HistogramBuckets(checked: [
    1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000,
  ])

  /// `count` bounds, each `factor` times the one before.
  /// - Throws: ``InvalidBuckets`` for what does not ascend: a start or a factor that is too small, no bounds, too many.
  public static func exponential(
    from start: Double, factor: Double, count: Int
  ) throws(InvalidBuckets) -> HistogramBuckets {
    var bounds: [Double] = []
    var next = start
    // More would make every record slow, and every text long.
    for _ in 0..<min(max(0, count), 1_000) {
      bounds.append(next)
      next *= factor
    }
    guard count <= 1_000 else { throw InvalidBuckets(bounds: bounds) }
    return try HistogramBuckets(bounds)
  }
}

/// Bounds that are no ``HistogramBuckets``.
public struct InvalidBuckets: Error, Sendable, CustomStringConvertible {
  /// What was given.
  public let bounds: [Double]
  /// A sentence for people.
  public var description: String {
    "the bounds of a histogram's buckets must be numbers in ascending order, at least one and at most 1000, but are \(bounds)"
  }
}
