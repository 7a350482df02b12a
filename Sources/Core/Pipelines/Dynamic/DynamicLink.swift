import RevoadaChannels
import RevoadaScheduling

/// A channel between two stages of a dynamic pipeline, and how many may still send to it: with the last of them it closes.
final class Junction<Element: Sendable>: @unchecked Sendable {
  // `senders` is protected by the topology's lock.

  let channel: Channel<Element>
  var senders: Int

  init(_ channel: Channel<Element>, senders: Int) {
    self.channel = channel
    self.senders = senders
  }
}

/// To which junction a stage sends at present.
@usableFromInline
final class DynamicLink<Element: Sendable>: @unchecked Sendable {  // `current` is protected by `lock`
  private let lock = Lock()
  private var current: Junction<Element>

  init(_ junction: Junction<Element>) { current = junction }

  var junction: Junction<Element> {
    get { lock.withLock { current } }
    set { lock.withLock { current = newValue } }
  }

  @usableFromInline
  var channel: Channel<Element> { junction.channel }
}
