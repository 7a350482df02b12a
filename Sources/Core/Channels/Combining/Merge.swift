import RevoadaScheduling

/// Puts the elements of several channels into one, in the order in which they come; that of each channel is kept.
///
/// ```swift
/// for try await reading in merge([indoors, outdoors]) { print(reading) }
/// ```
///
/// The result closes when all channels are closed and drained; it fails as soon as one of them was closed by an error. Without a capacity of
/// its own it takes an element from a channel only to hand it on: at most one of each is on its way. When the result is closed, or
/// its last handle released, elements stay in their channels; those on their way are counted in its ledger as undelivered and go to
/// `onUndelivered` as ``UndeliveredReason/closed``.
///
/// A goroutine for each channel forwards its elements.
///
/// - Parameters:
///   - channels: the channels; without any, the result is closed.
///   - capacity: how many elements the result buffers.
///   - onUndelivered: see ``Channel/init(capacity:overflow:name:onUndelivered:)``.
@inlinable
public func merge<Element>(
  _ channels: [Channel<Element>], capacity: Int = 0,
  onUndelivered: ((consuming Element, UndeliveredReason) -> Void)? = nil
) -> Channel<Element> {
  .produced(
    capacity: capacity, onUndelivered: onUndelivered, name: "merge",
    by: channels.map { input in
      { output in while let element = try await input.receive(), await output.forward(element) {} }
    })
}

/// The same for channels one by one: `merge(indoors, outdoors)`.
@inlinable
public func merge<Element>(_ channels: Channel<Element>...) -> Channel<Element> { merge(channels) }

/// ``merge(_:capacity:onUndelivered:)`` by the name it goes by where work that was spread by `Channel.fanOut(workers:capacity:_:)` comes
/// together again.
@inlinable
public func fanIn<Element>(
  _ channels: [Channel<Element>], capacity: Int = 0,
  onUndelivered: ((consuming Element, UndeliveredReason) -> Void)? = nil
) -> Channel<Element> {
  merge(channels, capacity: capacity, onUndelivered: onUndelivered)
}
