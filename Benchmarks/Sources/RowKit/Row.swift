/// One line of a benchmark table: some work, done `n` times, and the figure that came of it.
public struct Row: Sendable {
  /// What a row's body throws when it lost or invented work.
  public struct Wrong: Error, CustomStringConvertible {
    /// Which figure was off, and by how much.
    public let description: String

    /// Creates the error.
    public init(description: String) { self.description = description }
  }

  /// The unit of the figure, as printed.
  public let unit: String

  /// Does the work and returns the figure.
  public let run: @Sendable (_ n: Int) async throws -> Double

  /// Creates a row that measures itself.
  public init(unit: String, run: @escaping @Sendable (_ n: Int) async throws -> Double) {
    self.unit = unit
    self.run = run
  }

  /// A row in nanoseconds per operation: `loop` once with a tenth of `n` to warm up, once timed.
  public static func timed(_ loop: @escaping @Sendable (_ n: Int) async throws -> Void) -> Row {
    Row(unit: "ns") { n in
      try await loop(max(n / 10, 16))
      let start = ContinuousClock.now
      try await loop(n)
      return start.duration(to: .now) / .nanoseconds(1) / Double(n)
    }
  }
}

/// Fails the row unless the work that came out is the work that went in.
public func expect(_ what: String, _ got: Int, _ want: Int) throws {
  guard got == want else { throw Row.Wrong(description: "\(what): got \(got), want \(want)") }
}
