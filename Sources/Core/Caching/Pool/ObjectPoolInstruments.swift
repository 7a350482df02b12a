import CoreMetrics
import Logging
import RevoadaInstruments

/// What a pool reports; every metric is nil while nobody listens.
struct ObjectPoolInstruments: Sendable {
  let logger: Logger
  let isMeasuring: Bool
  let waitSeconds: Timer?
  private let borrowed: Meter?
  private let idle: Meter?
  private let waiting: Meter?
  private let created: Counter?
  private let destroyed: Counter?
  private let timeouts: Counter?
  private let leaked: Counter?

  init(name: String) {
    let instruments = Instruments(kind: "object_pool", name: name)
    logger = instruments.logger
    isMeasuring = instruments.isMeasuring
    waitSeconds = instruments.timer("wait_seconds")
    borrowed = instruments.meter("in_use")
    idle = instruments.meter("idle")
    waiting = instruments.meter("waiting")
    created = instruments.counter("created")
    destroyed = instruments.counter("destroyed")
    timeouts = instruments.counter("timeouts")
    leaked = instruments.counter("leaked")
  }

  func report(from before: ObjectPoolStatistics, to after: ObjectPoolStatistics) {
    borrowed?.set(after.borrowed)
    idle?.set(after.idle)
    waiting?.set(after.waiting)
    count(created, after.created - before.created)
    count(destroyed, after.destroyed - before.destroyed)
    count(timeouts, after.timeouts - before.timeouts)
    count(leaked, after.leaked - before.leaked)
  }

  private func count(_ counter: Counter?, _ number: Int) {
    if number > 0 { counter?.increment(by: number) }
  }
}
