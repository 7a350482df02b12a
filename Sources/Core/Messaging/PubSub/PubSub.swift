import RevoadaChannels

/// Messages by topic: whoever has subscribed to a topic, or to a pattern of topics, receives what is published there.
///
/// ```swift
/// let bus = PubSub<String>()
/// let events = bus.subscribe("events.*")
/// try await bus.publish("hi", to: "events.login")
/// print(try await events.receive() ?? "closed")
/// ```
///
/// A topic is parts divided by dots; in a pattern `*` stands for any one part, and a final `>` for one or more
/// (``TopicPattern``). Each subscription has its own buffer and chooses what happens when it is full, as those of a `Broadcaster` do: a slow
/// one never delays another, and only one with the policy `block` holds back whoever publishes. Messages of one publisher arrive in their
/// order, and subscribers of the same pattern receive all messages in the same order.
///
/// A message reaches those who are subscribed when it is published: at most once, and nobody else later. For work that must be done
/// there is ``WorkQueue``.
///
/// Cost: in memory a look-up of the topic, then that of a broadcast: some 50 ns a subscriber.
public final class PubSub<Message: Sendable>: Sendable {
  /// What carries the messages.
  public let bus: any MessageBus<Message>
  /// The same, if it is memory: so that publishing is compiled for the caller's type.
  @usableFromInline let memory: MemoryBus<Message>?

  /// Messages within this process.
  /// - Parameter name: for errors, metrics and logs.
  public init(name: String? = nil) {
    let memory = MemoryBus<Message>(name: name)
    bus = memory
    self.memory = memory
  }

  /// Messages by way of `bus`, which only ``close()`` closes.
  public init(bus: any MessageBus<Message>) {
    self.bus = bus
    memory = bus as? MemoryBus<Message>
  }

  /// Subscribes to a topic, or to a pattern of topics; from now on.
  ///
  /// - Parameters:
  ///   - pattern: `events.login`, `events.*`, `events.>`. One that is not well-formed gives a subscription whose receives throw
  ///     ``InvalidTopic``; `TopicPattern(_:)` tells beforehand.
  ///   - group: subscriptions to one pattern with the same group share the messages: each message goes to one of them, in turns, those
  ///     with room first. nil: this one receives all.
  ///   - buffer: how many messages it buffers; from 1 to 1,048,576.
  ///   - policy: what happens when the buffer is full.
  ///   - onUndelivered: receives, once and without a lock, each message that the subscription was to have and will not receive.
  /// - Returns: the subscription, which ends when it is released; that of a closed bus has ended.
  public func subscribe(
    _ pattern: String, group: String? = nil, buffer: Int = 16, policy: SubscriptionPolicy = .block,
    onUndelivered: ((consuming Message, UndeliveredReason) -> Void)? = nil
  ) -> Subscription<Message> {
    do throws(InvalidTopic) {
      return bus.subscribe(
        try TopicPattern(pattern), group: group, buffer: buffer, policy: policy, onUndelivered: onUndelivered)
    } catch { return .refused(error) }
  }

  /// Publishes a message. Suspends only while a subscription with the policy `block` is full; everybody else has it by then.
  ///
  /// Cancelling the task ends that wait; the message does not reach those who had no room.
  ///
  /// - Parameters:
  ///   - message: what is published.
  ///   - topic: where; without wildcards.
  /// - Returns: how many subscriptions it was for, those included that dropped it; nil if what carries the messages cannot know (in
  ///   memory it always does).
  /// - Throws: ``InvalidTopic``; ``MessagingClosed``; `CancellationError`.
  @discardableResult
  @inlinable
  nonisolated(nonsending)
    public func publish(_ message: Message, to topic: String) async throws -> Int?
  {
    if let memory { return try await memory.deliver(message, to: topic) }
    return try await bus.publish(message, to: topic)
  }

  /// Ends a subscription, as its own `unsubscribe()` does: nothing more is delivered, also while something is being published.
  public func unsubscribe(_ subscription: Subscription<Message>) { subscription.unsubscribe() }

  /// Ends all subscriptions: what is buffered is received, and then `nil`. Later publishing throws ``MessagingClosed``. Closing
  /// twice is harmless.
  public func close() { bus.close() }
}
