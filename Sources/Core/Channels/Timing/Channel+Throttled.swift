import RevoadaInstruments
import RevoadaScheduling

/// Which of the elements that come within one interval a throttled channel keeps.
public enum ThrottleChoice: Sendable, Equatable {
  /// The latest; it comes out when the interval ends.
  case latest
  /// None: the first one after the interval comes out at once.
  case first
}

extension Channel {
  /// At most one element in each interval; the first one comes out at once.
  ///
  /// ```swift
  /// for try await position in positions.throttled(every: .milliseconds(100)) { draw(position) }
  /// ```
  ///
  /// Under ``ThrottleChoice/latest`` the latest element of an interval comes out at its end, and another interval begins. When the channel is
  /// closed, an element that still waits comes out at once, and then the result closes. For the rest, errors and back-pressure
  /// included, see ``debounced(for:buffer:onUndelivered:)``.
  ///
  /// - Parameters:
  ///   - interval: the least time between two elements; with zero or less every element comes out.
  ///   - choice: what becomes of the elements within an interval.
  ///   - buffer: how many elements the result buffers; at least 1.
  ///   - onUndelivered: receives, exactly once and without a lock, each element that will not come out.
  public func throttled(
    every interval: Duration, keeping choice: ThrottleChoice = .latest, buffer: Int = 16,
    onUndelivered: ((consuming Element, UndeliveredReason) -> Void)? = nil
  ) -> Channel {
    let superseded = Instruments(kind: "throttled_channel", name: nil).counter("superseded")
    return .produced(
      capacity: Swift.max(1, buffer), onUndelivered: onUndelivered, name: "throttle",
      by: [
        { output in
          let timers = Timers.current
          var held: Element?
          var failure: (any Error)?
          var isOver = false
          while !isOver {
            // Between intervals: whatever comes next may pass.
            if held == nil { held = try await self.receive() }
            guard let next = held else { return }
            nonisolated(unsafe) let passing = next  // from channel to channel
            held = nil
            if await !output.forward(passing) { return }
            let (end, overflow) = timers.now.addingReportingOverflow(interval.nanoseconds)
            while true {
              let left = (overflow ? .max : end) - timers.now
              if left <= 0 { break }
              do {
                guard let next = try await self.receive(timeout: .nanoseconds(left)) else {
                  isOver = true
                  break
                }
                let replaced = choice == .latest ? held : next
                if choice == .latest { held = next }
                if let replaced {
                  superseded?.increment()
                  output.discard(replaced, .superseded)
                }
              } catch is TimedOut {
                break
              } catch {
                failure = error
                isOver = true
                break
              }
            }
          }
          if let held {
            nonisolated(unsafe) let last = held
            _ = await output.forward(last)
          }
          if let failure { throw failure }
        }
      ])
  }
}
