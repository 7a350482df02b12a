import RevoadaSpelling
import Testing

@testable import RevoadaTasks

@Suite struct TaskGraphTests {
  private func description(of tasks: [TaskDefinition]) -> String? {
    do {
      _ = try TaskGraph(tasks)
      return nil
    } catch {
      return String(describing: error)
    }
  }

  @Test func everyTaskFollowsItsDependencies() throws {
    let graph = try TaskGraph([
      .make("deploy", after: ["test", "pack"]), .make("test", after: ["build"]), .make("build"),
      .make("pack", after: ["build"]),
    ])
    #expect(graph.order == ["build", "test", "pack", "deploy"])
  }

  @Test func tasksWithoutTiesStayAsDefined() throws {
    #expect(try TaskGraph([.make("c"), .make("a"), .make("b")]).order == ["c", "a", "b"])
  }

  @Test func aCycleIsNamedInFull() {
    let text = description(of: [
      .make("start", after: ["a"]), .make("a", after: ["b"], line: 2), .make("b", after: ["c"], line: 3),
      .make("c", after: ["a"], line: 4),
    ])
    #expect(text == "test.lua:2: dependency cycle: a → b → c → a")
  }

  @Test func aTaskThatNeedsItselfIsACycle() {
    #expect(description(of: [.make("a", after: ["a"], line: 7)]) == "test.lua:7: dependency cycle: a → a")
  }

  @Test func aDuplicateNamesBothPlaces() {
    let text = description(of: [.make("a", line: 3), .make("a", line: 9)])
    #expect(text == "test.lua:9: task 'a' is already defined at test.lua:3")
  }

  @Test func anUnknownDependencyIsNamedWithASuggestion() {
    let text = description(of: [.make("build"), .make("test", after: ["biuld"], line: 5)])
    #expect(text == "test.lua:5: task 'test' depends on unknown task 'biuld' (did you mean 'build'?)")
  }

  @Test func anUnknownDependencyUnlikeAnyTaskHasNoSuggestion() {
    let text = description(of: [.make("build"), .make("test", after: ["documentation"], line: 5)])
    #expect(text == "test.lua:5: task 'test' depends on unknown task 'documentation'")
  }

  @Test func aRepeatedDependencyCountsOnce() throws {
    let graph = try TaskGraph([.make("a"), .make("b", after: ["a", "a"])])
    #expect(graph.dependencies["b"] == ["a"])
    #expect(graph.dependants["a"] == ["b"])
  }

  @Test func theClosureHoldsWhatATaskNeedsAndNothingElse() throws {
    let graph = try TaskGraph([
      .make("a"), .make("b", after: ["a"]), .make("c", after: ["b"]), .make("d", after: ["a"]), .make("e"),
    ])
    #expect(graph.closure(of: ["c"]) == ["a", "b", "c"])
    #expect(graph.closure(of: ["e", "d"]) == ["a", "d", "e"])
  }

  @Test func aLongChainDoesNotExhaustTheStack() throws {
    let names = (0..<50_000).map { "t\($0)" }
    let tasks = names.indices.reversed().map {
      TaskDefinition.make(names[$0], after: $0 > 0 ? [names[$0 - 1]] : [])
    }
    #expect(try TaskGraph(tasks).order == names)
  }
}

@Suite struct SpellingTests {
  @Test(arguments: [
    ("biuld", "build"), ("Build", "build"), ("tset", "test"), ("depoly", "deploy"), ("pubilsh", "publish"),
  ])
  func slipsOfTheFingersAreFound(_ typed: String, _ meant: String) {
    #expect(Spelling.closest(to: typed, among: ["build", "test", "deploy", "publish"]) == meant)
  }

  @Test func whatIsTooFarAwayIsNoSlip() {
    #expect(Spelling.closest(to: "lint", among: ["build", "deploy"]) == nil)
    #expect(Spelling.closest(to: "", among: ["build"]) == nil)
  }

  @Test func equallyNearNamesAreSettledByTheAlphabet() {
    #expect(Spelling.closest(to: "tast", among: ["test", "task"]) == "task")
  }
}
