import RevoadaChannels

/// What carries the messages of a ``PubSub``: this process's memory, or a server that many processes use.
///
/// A bus that talks to a server receives from it once for each pattern, and hands out the messages within the process through a
/// ``MemoryBus``: then subscriptions, their policies and their ledgers are the same everywhere. What every bus must do is written down in
/// the conformance suite (`Tests/Core/MessagingConformance`).
public protocol MessageBus<Message>: AnyObject, Sendable {
  /// What is published.
  associatedtype Message: Sendable

  /// Starts a subscription; what is published from now on reaches it. Does not suspend: a bus with a server asks it in
  /// the background, before whatever this process publishes next.
  ///
  /// - Parameters:
  ///   - group: subscriptions of one pattern and group share the messages: each goes to one of them. nil: all messages.
  ///   - pattern: the topics.
  ///   - buffer: how many messages the subscription buffers.
  ///   - policy: what happens when the buffer is full.
  ///   - onUndelivered: receives what was to be received by the subscription and will not be.
  /// - Returns: one that has ended, if the bus is closed.
  func subscribe(
    _ pattern: TopicPattern, group: String?, buffer: Int, policy: SubscriptionPolicy,
    onUndelivered: ((consuming Message, UndeliveredReason) -> Void)?
  ) -> Subscription<Message>

  /// Sends a message to all subscriptions whose patterns stand for the topic.
  ///
  /// - Returns: how many subscriptions it reached; nil if the bus cannot know.
  /// - Throws: ``InvalidTopic``; ``MessagingClosed``; `CancellationError`; what the transport throws.
  nonisolated(nonsending)
    func publish(_ message: Message, to topic: String) async throws -> Int?

  /// Ends all subscriptions; what they have buffered is still received. Closing twice is harmless.
  func close()
}
