import Synchronization

/// How often each duration occurred, in buckets an eighth of a power of two wide: quantiles within 6 %. (After Tene's
/// HdrHistogram.)
///
/// One task at a time records; any may read.
package final class DurationHistogram: @unchecked Sendable {  // the buckets are only touched by atomics
  private static let bucketCount = 488
  private let buckets = UnsafeMutablePointer<Atomic<Int>>.allocate(capacity: bucketCount)
  private let largest = Atomic<Int64>(0)

  package init() {
    for index in 0..<Self.bucketCount { (buckets + index).initialize(to: Atomic(0)) }
  }
  deinit {
    buckets.deinitialize(count: Self.bucketCount)
    buckets.deallocate()
  }

  package func record(_ nanoseconds: Int64, _ count: Int = 1) {
    let bucket = buckets + Self.bucket(of: nanoseconds)
    bucket.pointee.store(bucket.pointee.load(ordering: .relaxed) &+ count, ordering: .relaxed)
    if nanoseconds > largest.load(ordering: .relaxed) { largest.store(nanoseconds, ordering: .relaxed) }
  }

  package static func bucket(of nanoseconds: Int64) -> Int {
    let value = max(0, nanoseconds)
    if value < 8 { return Int(value) }
    let exponent = 63 - value.leadingZeroBitCount
    return (exponent - 2) * 8 + Int(value >> Int64(exponent - 3) & 7)
  }

  /// The middle of a bucket.
  package static func duration(of bucket: Int) -> Int64 {
    if bucket < 8 { return Int64(bucket) }
    let width = Int64(1) << Int64(bucket / 8 - 1)
    return (Int64(bucket % 8) + 8) * width + width / 2
  }

  /// The duration that `fraction` of those recorded in any of the histograms do not exceed; 0 if there are none.
  package static func quantile(_ fraction: Double, of histograms: some Collection<DurationHistogram>) -> Int64
  {
    var counts = [Int](repeating: 0, count: bucketCount)
    for histogram in histograms {
      for index in counts.indices {
        counts[index] += (histogram.buckets + index).pointee.load(ordering: .relaxed)
      }
    }
    var left = Int((Double(counts.reduce(0, +)) * fraction).rounded(.up))
    for (index, count) in counts.enumerated() where count > 0 {
      left -= count
      // The middle of the last bucket may lie beyond what was recorded.
      if left <= 0 {
        return min(
          duration(of: index), histograms.map { $0.largest.load(ordering: .relaxed) }.max() ?? 0)
      }
    }
    return 0
  }
}
