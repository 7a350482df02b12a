extension Receive {
  /// A case that is ready when the subscription has an element, or has ended; the handler then gets `nil`, or the select throws
  /// ``SubscriptionDisconnected``.
  ///
  /// Under ``SubscriptionPolicy/lag`` a select takes the oldest element that is left; the next ``Subscription/receive()`` tells of the gap.
  public init<Element: Sendable>(
    _ subscription: Subscription<Element>,
    _ handler: nonisolated(nonsending) @escaping (Element?) async throws -> Output
  ) where Source == ChannelSource<Element> {
    self.init(source: ChannelSource(subscription.mailbox.channel)) { element in
      _ = subscription  // kept: releasing it would end it
      return try await handler(element)
    }
  }
}
