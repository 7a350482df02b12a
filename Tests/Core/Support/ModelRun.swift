import Revoada

/// What a primitive should do, written as plainly as can be: requests come one after the other, and end some day.
package protocol SequentialModel: Sendable {
  associatedtype Request: Sendable
  /// How the requests that have ended did so, by number.
  var ended: [Int: String] { get }
  /// A request comes; it ends at once or waits.
  mutating func ask(_ id: Int, _ request: Request)
  /// The request's task is cancelled, maybe before the request has come; no effect on one that has ended.
  mutating func withdraw(_ id: Int)
}

/// Requests to a primitive and to its model, compared each time when everybody waits. For use in a simulation, where the moments at
/// which requests come are the same for both.
package final class ModelRun<Model: SequentialModel>: Sendable {
  private let model: Shared<Model>
  private let real = Shared<[Int: String]>([:])
  private let goroutines = Shared<[Int: Goroutine<Void>]>([:])
  private let found = Shared<[String]>([])

  package init(_ model: Model) { self.model = Shared(model) }

  /// In what the primitive has differed from the model.
  package var differences: [String] { found.withLock { $0 } }
  package func note(_ difference: String) { found.withLock { $0.append(difference) } }

  /// Looks at the model, or does something to it.
  package func withModel<R: Sendable>(_ body: (inout Model) -> R) -> R { model.withLock(body) }

  /// Starts a goroutine with a request; `body` makes it of the primitive.
  package func start(
    _ id: Int, _ request: Model.Request, ending: String = "served",
    _ body: @escaping @Sendable () async throws -> Void
  ) {
    let goroutine = spawn { [self] in
      model.withLock { $0.ask(id, request) }
      let end: String
      do {
        try await body()
        end = ending
      } catch is CancellationError { end = "cancelled" } catch { end = "\(error)" }
      real.withLock { $0[id] = end }
    }
    goroutines.withLock { $0[id] = goroutine }
  }

  package func cancel(_ id: Int) {
    goroutines.withLock { $0[id] }?.cancel()
    model.withLock { $0.withdraw(id) }
  }

  /// Does something to primitive and model, and cancels in the same step who is served by it, if that is wanted.
  package func serve(thenCancel: Bool, _ body: () -> Void) {
    let before = withModel { $0.ended }
    body()
    guard thenCancel else { return }
    for id in withModel({ $0.ended }).keys.sorted() where before[id] == nil { cancel(id) }
  }

  /// The requests that have not ended.
  package var open: [Int] {
    let ended = withModel { $0.ended }
    return goroutines.withLock { $0.keys.filter { ended[$0] == nil } }.sorted()
  }

  /// Waits until everybody waits, and compares.
  package func compare(_ moment: String) async throws {
    try await settle()
    let (expected, real) = (withModel { $0.ended }, real.withLock { $0 })
    for id in Set(expected.keys).union(real.keys).sorted() where expected[id] != real[id] {
      note("\(moment): request \(id) \(real[id] ?? "waits"), expected: \(expected[id] ?? "waits")")
    }
  }

  /// Cancels all that is left.
  package func end() async throws {
    for goroutine in goroutines.withLock({ Array($0.values) }) { goroutine.cancel() }
    try await settle()
  }
}

/// Runs a check for each of some seeds; how many of them have found differences.
package func caught(seeds: Range<UInt64>, by check: (UInt64) async throws -> [String]) async throws -> Int {
  var caught = 0
  for seed in seeds where try await !check(seed).isEmpty { caught += 1 }
  return caught
}
