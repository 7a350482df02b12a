import RevoadaInstruments
import RevoadaScheduling

extension Channel {
  /// The last element of each burst: an element comes out once none has followed it for some time.
  ///
  /// ```swift
  /// for try await text in keystrokes.debounced(for: .milliseconds(300)) { search(text) }
  /// ```
  ///
  /// When the channel is closed, the element that still waits comes out at once, and then the result closes, with the channel's error if
  /// it was closed by one. When the result is closed, or its last handle released, the rest stays in the channel.
  ///
  /// The elements that were followed too soon are counted as dropped in the result's ledger and go to `onUndelivered` as
  /// ``UndeliveredReason/superseded``. While the result is full nothing is taken from the channel, and no time is measured.
  ///
  /// - Parameters:
  ///   - quiet: how long no element must follow; with zero or less every element comes out.
  ///   - buffer: how many elements the result buffers; at least 1.
  ///   - onUndelivered: receives, exactly once and without a lock, each element that will not come out.
  public func debounced(
    for quiet: Duration, buffer: Int = 16,
    onUndelivered: ((consuming Element, UndeliveredReason) -> Void)? = nil
  ) -> Channel {
    let superseded = Instruments(kind: "debounced_channel", name: nil).counter("superseded")
    return .produced(
      capacity: Swift.max(1, buffer), onUndelivered: onUndelivered, name: "debounce",
      by: [
        { output in
          while let first = try await self.receive() {
            nonisolated(unsafe) var held = first  // from channel to channel
            var failure: (any Error)?
            var isOver = false
            while quiet > .zero {
              do {
                guard let next = try await self.receive(timeout: quiet) else {
                  isOver = true
                  break
                }
                superseded?.increment()
                output.discard(held, .superseded)
                held = next
              } catch is TimedOut {
                break
              } catch {
                failure = error
                break
              }
            }
            let isTaken = await output.forward(held)
            if let failure { throw failure }
            if isOver || !isTaken { return }
          }
        }
      ])
  }
}
