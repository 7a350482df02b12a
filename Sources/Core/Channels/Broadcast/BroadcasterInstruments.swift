import CoreMetrics
import Logging
import RevoadaInstruments

/// What a broadcaster reports.
@usableFromInline
struct BroadcasterInstruments: Sendable {
  let logger: Logger
  private let broadcasts: Counter?
  private let dropped: [SubscriptionPolicy: Counter]
  private let subscribers: Meter?
  /// Whether a broadcast has anything to report.
  @usableFromInline let isMeasuring: Bool

  init(name: String?) {
    let instruments = Instruments(kind: "broadcaster", name: name)
    logger = instruments.logger
    isMeasuring = instruments.isMeasuring
    broadcasts = instruments.counter("broadcasts")
    subscribers = instruments.meter("subscribers")
    dropped =
      isMeasuring
      ? Dictionary(
        uniqueKeysWithValues: SubscriptionPolicy.allCases.compactMap { policy in
          instruments.counter("dropped", [("policy", policy.rawValue)]).map { (policy, $0) }
        }) : [:]
  }

  @usableFromInline
  func broadcast() { broadcasts?.increment() }

  @usableFromInline
  func drop(_ policy: SubscriptionPolicy) { dropped[policy]?.increment() }

  func disconnected(buffer: Int) {
    logger.warning("a slow subscriber was disconnected", metadata: ["buffer": "\(buffer)"])
  }

  func subscribed(_ policy: SubscriptionPolicy, count: Int) {
    logger.debug("subscribed", metadata: ["policy": "\(policy)", "subscribers": "\(count)"])
    subscribersChanged(count)
  }

  func subscribersChanged(_ count: Int) { subscribers?.set(count) }
}
