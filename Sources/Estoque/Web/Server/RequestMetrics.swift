import CoreMetrics
import RevoadaScheduling

/// How many requests there were, and how long they took, under the names that the plan of the S.G.E. gives them.
final class RequestMetrics: Sendable {
  private struct Key: Hashable {
    let method: String
    let endpoint: String
    let status: Int
  }
  private struct Made {
    var counters: [Key: Counter] = [:]
    var timers: [Key: CoreMetrics.Timer] = [:]
  }

  private let factory: any MetricsFactory
  private let made = Guarded(Made())

  init(factory: any MetricsFactory) { self.factory = factory }

  /// - Parameter endpoint: the route's pattern, never the path itself: there are few of them.
  func note(_ method: String, _ endpoint: String, _ status: Int, nanoseconds: Int64) {
    let key = Key(method: method, endpoint: endpoint, status: status)
    let timed = Key(method: method, endpoint: endpoint, status: 0)
    let (counter, timer) = made.withLock { made -> (Counter, CoreMetrics.Timer) in
      if let counter = made.counters[key], let timer = made.timers[timed] { return (counter, timer) }
      let dimensions = [("method", method), ("endpoint", endpoint)]
      let counter = Counter(
        label: "http_requests_total", dimensions: dimensions + [("status", String(status))], factory: factory)
      let timer =
        made.timers[timed]
        ?? CoreMetrics.Timer(label: "http_request_duration_seconds", dimensions: dimensions, factory: factory)
      made.counters[key] = counter
      made.timers[timed] = timer
      return (counter, timer)
    }
    counter.increment()
    timer.recordNanoseconds(nanoseconds)
  }
}
