import RevoadaScheduling

extension Channel {
  /// Sends an element, if the channel accepts it within `timeout`.
  ///
  /// - Throws: ``SendTimedOut``, ``ChannelClosed`` or ``ChannelFull``, each with the element; `CancellationError`, and then
  ///   the element goes to `onUndelivered`.
  nonisolated(nonsending)
    public func send(_ element: sending Element, timeout: Duration) async throws
  {
    nonisolated(unsafe) let element = element  // moved through the select, not shared
    if overflow != .suspend { return try await send(element) }
    do {
      let sent = try await select(.biased) {
        Send(element, to: self) { true }
        After(timeout) { false }
      }
      if !sent { throw SendTimedOut(element: element, timeout: timeout) }
    } catch let error as CancellationError {
      onUndelivered?(element, .cancelled)
      throw error
    }
  }

  /// Receives the next element, if there is one within `timeout`.
  ///
  /// - Returns: nil when the channel is closed and drained.
  /// - Throws: `TimedOut`, and then nothing was taken; `CancellationError`.
  nonisolated(nonsending)
    public func receive(timeout: Duration) async throws -> sending Element?
  {
    // Without a timer where there is nothing to wait for.
    if case .received(let element) = tryReceive() { return element }
    let received = try await select(.biased) {
      Receive(self) { UncheckedTransfer($0) }
      After<UncheckedTransfer<Element?>>(timeout) { throw TimedOut(limit: timeout) }
    }
    nonisolated(unsafe) let element = received.value  // the channel handed it over
    return element
  }
}
