import Testing

@testable import RevoadaTasks

@Suite struct TaskRunTests {
  private func run(_ tasks: [TaskDefinition], limit: Int? = nil, failFast: Bool = false) throws -> TaskRun {
    TaskRun(try TaskGraph(tasks), tasks: Set(tasks.map(\.name)), limit: limit, failFast: failFast)
  }

  @Test func tasksWithoutDependenciesStartAtOnce() throws {
    var run = try run([.make("a"), .make("b"), .make("c", after: ["a", "b"])])
    #expect(run.begin() == [.start("a"), .start("b")])
    #expect(run.ended("a", .succeeded) == [])
    #expect(run.ended("b", .succeeded) == [.start("c")])
    #expect(!run.isOver)
    #expect(run.ended("c", .succeeded) == [])
    #expect(run.isOver)
  }

  @Test func aFailureSkipsAllDependantsAndNothingElse() throws {
    var run = try run([
      .make("a"), .make("b", after: ["a"]), .make("c", after: ["b"]), .make("x"), .make("y", after: ["x"]),
    ])
    #expect(run.begin() == [.start("a"), .start("x")])
    #expect(
      run.ended("a", .failed) == [
        .skip("b", reason: "'a' did not succeed"), .skip("c", reason: "'b' was skipped"),
      ])
    #expect(run.ended("x", .succeeded) == [.start("y")])
  }

  @Test func theLimitHoldsAndFreedPlacesAreTaken() throws {
    var run = try run([.make("a"), .make("b"), .make("c")], limit: 2)
    #expect(run.begin() == [.start("a"), .start("b")])
    #expect(run.ended("b", .failed) == [.start("c")])
  }

  @Test func failFastSkipsWhatHasNotStarted() throws {
    var run = try run([.make("a"), .make("b"), .make("c", after: ["b"])], failFast: true)
    #expect(run.begin() == [.start("a"), .start("b")])
    #expect(run.ended("a", .failed) == [.skip("c", reason: "'a' failed")])
    #expect(run.ended("b", .succeeded) == [])
    #expect(run.isOver)
  }

  @Test func cancellationEndsWhatWaitsAndStartsNothing() throws {
    var run = try run([.make("a"), .make("b", after: ["a"])])
    _ = run.begin()
    #expect(run.cancel() == [.cancel("b")])
    #expect(!run.isOver)
    #expect(run.ended("a", .succeeded) == [])
    #expect(run.isOver)
    #expect(run.cancel() == [])
  }

  @Test func anEndThatWasReportedTwiceCountsOnce() throws {
    var run = try run([.make("a"), .make("b", after: ["a"])])
    _ = run.begin()
    #expect(run.ended("a", .succeeded) == [.start("b")])
    #expect(run.ended("a", .failed) == [])
    #expect(run.ended("nobody", .failed) == [])
  }

  /// Whatever the graph and whoever fails: each task ends exactly once, none before its dependencies, never more
  /// than the limit at once.
  @Test(arguments: 0..<60) func randomGraphsEndCompletely(_ seed: Int) throws {
    var random = SplitMix(seed: UInt64(seed))
    let count = Int.random(in: 1...40, using: &random)
    let tasks = (0..<count).map { index in
      let earlier = (0..<index).filter { _ in Int.random(in: 0..<6, using: &random) == 0 }
      return TaskDefinition.make("t\(index)", after: earlier.map { "t\($0)" })
    }
    let limit = Int.random(in: 1...4, using: &random)
    var run = try run(tasks.shuffled(using: &random), limit: limit, failFast: seed % 5 == 0)
    let needs = Dictionary(uniqueKeysWithValues: tasks.map { ($0.name, $0.dependencies) })
    var ends: [String: TaskStatus] = [:]
    var running: [String] = []
    var actions = run.begin()
    repeat {
      for action in actions {
        switch action {
        case .start(let name):
          #expect(needs[name, default: []].allSatisfy { ends[$0] == .succeeded })
          running.append(name)
        case .skip(let name, _), .cancel(let name):
          #expect(ends.updateValue(.skipped, forKey: name) == nil)
        }
      }
      #expect(running.count <= limit)
      guard let index = running.indices.randomElement(using: &random) else { break }
      let name = running.remove(at: index)
      let status: TaskStatus = Int.random(in: 0..<5, using: &random) == 0 ? .failed : .succeeded
      #expect(ends.updateValue(status, forKey: name) == nil)
      actions = run.ended(name, status)
    } while true
    #expect(run.isOver)
    #expect(ends.count == count)
  }
}

/// A small generator with a seed, so that a failing case can be repeated.
struct SplitMix: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
