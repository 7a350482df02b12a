import RevoadaScheduling

extension Channel where Element: Sendable {
  /// A channel that any asynchronous sequence feeds: it can then be selected from, merged, spread and debounced.
  ///
  /// ```swift
  /// let lines = Channel(from: file.lines, capacity: 16)
  /// ```
  ///
  /// A goroutine takes an element when the channel has room for it. The channel closes when the sequence ends; if it throws, the
  /// channel closes with that error, which each receive throws after the elements before it. When the channel is closed, or its last handle
  /// released, the sequence's iteration is cancelled; an element that it has already given goes to `onUndelivered`.
  public convenience init<Source: AsyncSequence>(
    from sequence: sending Source, capacity: Int = 0,
    onUndelivered: ((consuming Element, UndeliveredReason) -> Void)? = nil
  ) where Source.Element == Element, Source: SendableMetatype, Source.AsyncIterator: SendableMetatype {
    let source = UncheckedTransfer(sequence)
    let origin = Channel(capacity: Swift.max(0, capacity), onUndelivered: onUndelivered)
    self.init(closingOnRelease: origin)
    origin.fill(
      name: "channel-from",
      by: [
        { output in for try await element in source.value { if await !output.forward(element) { return } } }
      ])
  }
}

extension AsyncSequence where Element: Sendable, Self: Sendable, AsyncIterator: SendableMetatype {
  /// The last element of each burst of the sequence. See ``Channel/debounced(for:buffer:onUndelivered:)``.
  public func debounced(
    for quiet: Duration, buffer: Int = 16,
    onUndelivered: ((consuming Element, UndeliveredReason) -> Void)? = nil
  ) -> Channel<Element> {
    Channel(from: self).debounced(for: quiet, buffer: buffer, onUndelivered: onUndelivered)
  }

  /// At most one element of the sequence in each interval. See ``Channel/throttled(every:keeping:buffer:onUndelivered:)``.
  public func throttled(
    every interval: Duration, keeping choice: ThrottleChoice = .latest, buffer: Int = 16,
    onUndelivered: ((consuming Element, UndeliveredReason) -> Void)? = nil
  ) -> Channel<Element> {
    Channel(from: self).throttled(
      every: interval, keeping: choice, buffer: buffer, onUndelivered: onUndelivered)
  }
}
