import Revoada
import Synchronization

/// Elements that a goroutine was given and was killed before it saw: for whoever asks next.
final class ReturnedElements<Element: Sendable>: Sendable {
  private let elements = Mutex<[Element]>([])

  func put(_ element: Element) { elements.withLock { $0.append(element) } }
  func take() -> Element? { elements.withLock { $0.isEmpty ? nil : $0.removeFirst() } }
}

extension ChannelSnapshot {
  /// In the order of the shim's `inspect`.
  var figures: [LuaValue] {
    [ledger.buffered, ledger.sent, ledger.received, ledger.dropped, blockedSenders, blockedReceivers].map(
      LuaValue.count)
  }
}
