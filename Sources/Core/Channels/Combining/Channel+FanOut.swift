import RevoadaScheduling

extension Channel {
  /// Spreads the channel's elements over workers, each of which puts what it makes of them into a channel of its own.
  ///
  /// ```swift
  /// let sizes = fanIn(files.fanOut(workers: 8) { file in try await size(of: file) })
  /// ```
  ///
  /// Each element goes to one worker, whichever is free. An output closes when the channel is closed and drained; if `transform`
  /// throws, its worker takes no more elements and its output closes with that error, while the others go on. A worker ends, too, when its
  /// output is closed or released: what it was working on goes to `onUndelivered`, and the rest stays for the others.
  ///
  /// - Parameters:
  ///   - workers: how many; at least 1, less counts as 1.
  ///   - capacity: how many elements each output buffers.
  ///   - onUndelivered: see ``Channel/init(capacity:overflow:name:onUndelivered:)``; shared by all outputs.
  ///   - transform: makes an output element of an element; runs in several workers at once.
  /// - Returns: an output for each worker.
  @inlinable
  public func fanOut<Output>(
    workers: Int, capacity: Int = 0,
    onUndelivered: ((consuming Output, UndeliveredReason) -> Void)? = nil,
    _ transform: @escaping @Sendable (sending Element) async throws -> sending Output
  ) -> [Channel<Output>] {
    (0..<Swift.max(1, workers)).map { _ in
      .produced(
        capacity: capacity, onUndelivered: onUndelivered, name: "fan-out",
        by: [
          { output in
            while let element = try await self.receive(), await output.forward(try await transform(element)) {
            }
          }
        ])
    }
  }

  /// Spreads the channel's elements, as they are, over so many channels. See ``fanOut(workers:capacity:onUndelivered:_:)``.
  @inlinable
  public func fanOut(workers: Int, capacity: Int = 0) -> [Channel] {
    fanOut(workers: workers, capacity: capacity) { $0 }
  }
}
