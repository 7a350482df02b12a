import CoreMetrics
import Logging
import RevoadaInstruments

/// What a pub/sub reports.
@usableFromInline
struct PubSubInstruments: Sendable {
  private let logger: Logger
  private let published: Counter?
  private let delivered: Counter?
  private let unheard: Counter?
  private let patterns: Meter?
  @usableFromInline let isMeasuring: Bool

  init(name: String?) {
    let instruments = Instruments(kind: "pub_sub", name: name)
    logger = instruments.logger
    isMeasuring = instruments.isMeasuring
    published = instruments.counter("published")
    delivered = instruments.counter("delivered")
    unheard = instruments.counter("unheard")
    patterns = instruments.meter("patterns")
  }

  @usableFromInline
  func published(_ receivers: Int) {
    published?.increment()
    if receivers == 0 { unheard?.increment() } else { delivered?.increment(by: receivers) }
  }

  func subscribed(_ pattern: TopicPattern, group: String?, patterns count: Int) {
    patterns?.set(count)
    logger.debug("subscribed", metadata: ["pattern": "\(pattern)", "group": "\(group ?? "none")"])
  }

  func closed(patterns count: Int) {
    logger.debug("the pub/sub was closed", metadata: ["patterns": "\(count)"])
  }
}
