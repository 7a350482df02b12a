import CoreMetrics
import Synchronization

/// One line, or one histogram, of the text: a metric with certain labels.
protocol MetricSeries: AnyObject, Sendable {
  var key: SeriesKey { get }
  var value: SeriesValue { get }
}

/// What kind of metric it is: as different ones may have the same label, part of a metric's identity.
enum MetricKind: Sendable { case counter, gauge, histogram, timer }

struct MetricKey: Hashable, Sendable {
  let kind: MetricKind
  /// As in swift-metrics, not as exported.
  let label: String
}

struct SeriesKey: Hashable, Sendable {
  let metric: MetricKey
  /// As exported: `a="b",c="d"`.
  let labels: String
}

enum SeriesValue: Sendable, Equatable {
  case count(UInt64)
  case number(Double)
  /// How many were in each bucket alone, the last being `+Inf`, and the sum of all.
  case histogram(bounds: [Double], counts: [UInt64], sum: Double)
}

/// A number that is added to without a lock.
struct AtomicDouble: ~Copyable, Sendable {
  private let bits = Atomic<UInt64>(0)

  var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }
  func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }
  func add(_ amount: Double) {
    var present = bits.load(ordering: .relaxed)
    while true {
      let next = (Double(bitPattern: present) + amount).bitPattern
      let (exchanged, original) = bits.weakCompareExchange(
        expected: present, desired: next, ordering: .relaxed)
      if exchanged { return }
      present = original
    }
  }
}

/// Whole and other numbers apart: whole ones stay exact.
final class CounterSeries: MetricSeries, CounterHandler, FloatingPointCounterHandler {
  let key: SeriesKey
  private let whole = Atomic<UInt64>(0)
  private let rest = AtomicDouble()

  init(_ key: SeriesKey) { self.key = key }

  func increment(by amount: Int64) {
    if amount > 0 { whole.wrappingAdd(UInt64(amount), ordering: .relaxed) }
  }
  func increment(by amount: Double) { if amount > 0, amount.isFinite { rest.add(amount) } }
  func reset() {
    whole.store(0, ordering: .relaxed)
    rest.set(0)
  }

  var value: SeriesValue {
    let (whole, rest) = (whole.load(ordering: .relaxed), rest.value)
    return rest == 0 ? .count(whole) : .number(Double(whole) + rest)
  }
}

final class GaugeSeries: MetricSeries, MeterHandler, RecorderHandler {
  let key: SeriesKey
  private let number = AtomicDouble()

  init(_ key: SeriesKey) { self.key = key }

  func set(_ value: Int64) { number.set(Double(value)) }
  func set(_ value: Double) { number.set(value) }
  func increment(by amount: Double) { number.add(amount) }
  func decrement(by amount: Double) { number.add(-amount) }
  func record(_ value: Int64) { number.set(Double(value)) }
  func record(_ value: Double) { number.set(value) }

  var value: SeriesValue { .number(number.value) }
}

/// Counts per bucket; the total is the sum of them, so that the two never disagree.
final class HistogramSeries: MetricSeries, TimerHandler, RecorderHandler {
  let key: SeriesKey
  private let buckets: HistogramBuckets
  /// One more than there are bounds. Only touched by atomics.
  private nonisolated(unsafe) let counts: UnsafeMutablePointer<Atomic<UInt64>>
  private let sum = AtomicDouble()

  init(_ key: SeriesKey, _ buckets: HistogramBuckets) {
    self.key = key
    self.buckets = buckets
    counts = .allocate(capacity: buckets.bounds.count + 1)
    for index in 0...buckets.bounds.count { (counts + index).initialize(to: Atomic(0)) }
  }

  deinit {
    counts.deinitialize(count: buckets.bounds.count + 1)
    counts.deallocate()
  }

  func record(_ value: Int64) { record(Double(value)) }
  func record(_ value: Double) {
    // Infinity would make the sum useless for ever.
    guard value.isFinite else { return }
    counts[bucket(of: value)].wrappingAdd(1, ordering: .relaxed)
    sum.add(value)
  }
  /// A time before zero is one of a clock that went backward.
  func recordNanoseconds(_ duration: Int64) { record(Double(max(0, duration)) / 1e9) }

  private func bucket(of value: Double) -> Int {
    buckets.bounds.withUnsafeBufferPointer { bounds in
      var (low, high) = (0, bounds.count)
      while low < high {
        let middle = (low &+ high) / 2
        if value <= bounds[middle] { high = middle } else { low = middle &+ 1 }
      }
      return low
    }
  }

  var value: SeriesValue {
    .histogram(
      bounds: buckets.bounds,
      counts: (0...buckets.bounds.count).map { counts[$0].load(ordering: .relaxed) }, sum: sum.value)
  }
}
