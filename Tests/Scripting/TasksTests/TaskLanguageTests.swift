import RevoadaLua
import Testing

@testable import RevoadaTasks

@Suite struct TaskLanguageTests {
  @Test func builtTasksRunInTheOrderOfTheirDependencies() async {
    let outcome = await runTasks(
      """
      task("deploy"):depends_on({ "test" }):command(function() print("deploy") end):build()
      task("test"):depends_on("build"):command(function() print("test") end):build()
      task("build"):command(function() print("build") end):build()
      """)
    #expect(outcome.success == true)
    #expect(outcome.printed == ["build", "test", "deploy"])
  }

  @Test func tasksWithoutDependenciesRunAtOnce() async {
    let outcome = await runTasks(
      """
      local ch = goroutine.channel()
      task("a"):command(function() ch:send("met") end):build()
      task("b"):command(function() print((ch:receive())) end):build()
      """)
    #expect(outcome.success == true)
    #expect(outcome.printed == ["met"])
  }

  @Test func tasksThatAreReadyTogetherStartInTheirOrder() async {
    let names = (1...20).map { "t\($0)" }
    let source = names.map { "task('\($0)'):command(function(this) print(this.name) end):build()" }
    #expect(await runTasks(source.joined(separator: "\n")).printed == names)
  }

  @Test func aTaskThatWasNotBuiltDoesNotRun() async {
    let outcome = await runTasks("task('a'):command(function() print('ran') end)")
    #expect(outcome.success == true)
    #expect(outcome.printed == [])
  }

  @Test(arguments: [
    ("", true), ("return", true), ("return nil", true), ("return true", true), ("return true, 'fine'", true),
    ("return 1", true), ("return {}", true), ("return false", false), ("return false, 'why'", false),
    ("return nil, 'why'", false), ("error('why')", false), ("error({})", false), ("error()", false),
    ("local x = nil; x()", false),
  ])
  func whatACommandReturnsDecides(_ body: String, _ success: Bool) async {
    let outcome = await runTasks("task('a'):command(function() \(body) end):build()")
    #expect(outcome.success == success)
    #expect(outcome.error == nil)
  }

  @Test func outputsAndTheTaskItselfReachTheCommand() async {
    let outcome = await runTasks(
      """
      task("a"):command(function() return true, "made", { file = "x.tar", parts = { 1, 2 } } end):build()
      task("b"):command(function() end):build()
      task("c"):description("third"):depends_on({ "a", "b" }):command(function(this, params)
        print(this.name, this.description, this.attempt, params.a.file, #this.outputs.a.parts, next(params.b))
      end):build()
      """)
    #expect(outcome.success == true)
    #expect(outcome.printed == ["c\tthird\t1\tx.tar\t2\tnil"])
  }

  @Test func hooksGetTheTaskAndItsOutcome() async {
    let outcome = await runTasks(
      """
      task("good"):command(function() return true, "m", { n = 4 } end)
        :on_success(function(this, outputs, message) print(this.name, outputs.n, message) end)
        :on_failure(function() print("never") end):build()
      task("bad"):depends_on({ "good" }):command(function() error("boom") end)
        :on_success(function() print("never") end)
        :on_failure(function(this, message) print(this.name, message) end):build()
      """)
    #expect(outcome.success == false)
    #expect(outcome.printed == ["good\t4\tm", "bad\ttasks.lua:4: boom"])
  }

  @Test func aHooksErrorIsToldAndUndoesNothing() async {
    let outcome = await runTasks(
      """
      task("a"):command(function() end):on_success(function() error("hook") end):build()
      task("b"):depends_on({ "a" }):command(function() print("b") end):build()
      """)
    #expect(outcome.success == true)
    #expect(outcome.printed == ["b"])
    #expect(outcome.reported.contains("tasks.lua:1: hook (in on_success of task 'a')"))
  }

  @Test func retriesAreExtraTries() async {
    let outcome = await runTasks(
      """
      local tries = 0
      task("a"):retries(2, "constant", { delay = 5 }):command(function(this)
        tries = tries + 1
        print(this.attempt)
        return tries == 3
      end):build()
      """)
    #expect(outcome.success == true)
    #expect(outcome.printed == ["1", "2", "3"])
    #expect(
      outcome.reported == [
        "▶ a", "↻ a: attempt 1 failed, next in 5ms: failed", "↻ a: attempt 2 failed, next in 5ms: failed",
        "✓ a (10ms)",
      ])
  }

  @Test func aCommandThatTakesTooLongIsStopped() async {
    let outcome = await runTasks(
      """
      task("busy"):timeout("1s"):command(function() while true do end end):build()
      task("stuck"):timeout(5):command(function() goroutine.channel():receive() end):build()
      """)
    #expect(outcome.success == false)
    #expect(outcome.reported.contains("tasks.lua:1: task 'busy' failed: timeout exceeded (1.00s)"))
    #expect(outcome.reported.contains("tasks.lua:2: task 'stuck' failed: timeout exceeded (5ms)"))
  }

  @Test func aFailureSkipsItsDependantsAndOthersGoOn() async {
    let outcome = await runTasks(
      """
      task("a"):command(function() return false, "not today" end):build()
      task("b"):depends_on({ "a" }):build()
      task("c"):depends_on({ "b" }):build()
      task("x"):command(function() print("x") end):build()
      """)
    #expect(outcome.success == false)
    #expect(outcome.printed == ["x"])
    // Which of two tasks ends first is open; what follows from a failure is not.
    let told = Set(outcome.reported)
    #expect(
      told.isSuperset(of: ["▶ a", "▶ x", "✗ a (0ms)", "tasks.lua:1: task 'a' failed: not today", "✓ x (0ms)"])
    )
    #expect(told.isSuperset(of: ["- b skipped: 'a' did not succeed", "- c skipped: 'b' was skipped"]))
    #expect(outcome.reported.count == 7)
  }

  @Test func oneTaskRunsWithItsDependenciesOnly() async {
    let source = """
      task("a"):command(function() print("a") end):build()
      task("b"):depends_on({ "a" }):command(function() print("b") end):build()
      task("c"):depends_on({ "b" }):command(function() print("c") end):build()
      task("remote"):delegate_to("mars"):build()
      workflow.define("w", { tasks = { "c" }, on_complete = function() print("complete") end })
      """
    let outcome = await runTasks(source, only: "b")
    #expect(outcome.success == true)
    #expect(outcome.printed == ["a", "b"])
    let unknown = await runTasks(source, only: "bb")
    #expect(unknown.message == "unknown task 'bb' (did you mean 'b'?); known tasks: a, b, c, remote")
  }

  @Test func leavingTheScriptFromACommandEndsTheRun() async {
    let outcome = await runTasks("task('a'):command(function() os.exit(9) end):build()")
    #expect((outcome.error as? LuaError)?.kind == .exit(9))
  }

  @Test func aDeadlockInACommandIsItsFailure() async {
    let outcome = await runTasks("task('a'):command(function() goroutine.channel():receive() end):build()")
    #expect(outcome.success == false)
    #expect(outcome.reported.contains { $0.contains("deadlock") })
  }
}

@Suite struct TaskDeclarationErrorTests {
  @Test(arguments: [
    ("task()", "tasks.lua:1: bad argument #1 to 'task' (string expected, got no value)"),
    ("task('')", "tasks.lua:1: bad argument #1 to 'task' (a name cannot be empty)"),
    ("task('a'):command(5)", "tasks.lua:1: bad argument #1 to 'command' (function expected, got number)"),
    ("task('a'):comand(print)", "tasks.lua:1: unknown task method 'comand'"),
    ("task('a'):timeout('soon')", "tasks.lua:1: bad argument #1 to 'timeout' ('soon' is no duration"),
    (
      "task('a'):timeout({})",
      "tasks.lua:1: bad argument #1 to 'timeout' (duration such as \"30s\" expected, got table)"
    ),
    ("task('a'):retries('x')", "tasks.lua:1: bad argument #1 to 'retries' (number expected, got string)"),
    (
      "task('a'):retries(-1)",
      "tasks.lua:1: bad argument #1 to 'retries' (a whole number of retries expected, got -1)"
    ),
    (
      "task('a'):retries(1, 'fibonacci')",
      "tasks.lua:1: bad argument #2 to 'retries' (unknown strategy 'fibonacci'"
    ),
    (
      "task('a'):depends_on({ 5 })",
      "tasks.lua:1: bad argument #1 to 'depends_on' (task name expected at index 1, got number)"
    ),
    (
      "task('a'):depends_on({ b = true })",
      "tasks.lua:1: bad argument #1 to 'depends_on' (a list of task names expected)"
    ),
    ("task('a').build()", "tasks.lua:1: call 'build' with a colon"),
    ("task('a'):build():build()", "tasks.lua:1: task 'a' is already built"),
    ("task('a'):build():timeout('1s')", "tasks.lua:1: task 'a' is already built"),
    ("\ntask('a'):build()\ntask('a'):build()", "tasks.lua:3: task 'a' is already defined at tasks.lua:2"),
    ("workflow.define(5)", "tasks.lua:1: bad argument #1 to 'define' (string expected, got number)"),
    ("workflow.define('w', 5)", "tasks.lua:1: bad argument #2 to 'define' (table expected, got number)"),
    (
      "workflow.define('w', { tsks = {} })",
      "tasks.lua:1: bad argument #2 to 'define' (workflow 'w' has an unknown field 'tsks')"
    ),
    (
      "workflow.define('w', { tasks = 5 })",
      "tasks.lua:1: bad argument #2 to 'define' (field 'tasks' of workflow 'w': table expected, got number)"
    ),
    (
      "workflow.define('w', { tasks = { 5 } })",
      "tasks.lua:1: bad argument #1 to 'tasks' (task or task name expected at index 1, got number)"
    ),
    (
      "workflow.define('w', { tasks = { { name = 'a', timeout = 'x' } } })",
      "tasks.lua:1: task 'a': bad argument #1 to 'timeout' ('x' is no duration"
    ),
    (
      "workflow.define('w', { config = { timeout = 'x' } })",
      "tasks.lua:1: workflow 'w': timeout 'x' is no duration"
    ),
    (
      "workflow.define('w', { config = { max_parallel_tasks = 0 } })",
      "tasks.lua:1: workflow 'w': max_parallel_tasks must be"
    ),
    ("workflow.define('w'):taks({})", "tasks.lua:1: unknown workflow method 'taks'"),
    (
      "workflow.define('w')\nworkflow.define('w')",
      "tasks.lua:2: workflow 'w' is already defined at tasks.lua:1"
    ),
    (
      "task('a'):depends_on('b'):build()\ntask('b'):depends_on('a'):build()",
      "tasks.lua:1: dependency cycle: a → b → a"
    ),
    (
      "task('a'):depends_on('bb'):build() task('b'):build()",
      "tasks.lua:1: task 'a' depends on unknown task 'bb' (did you mean 'b'?)"
    ),
    ("\ntask('a'):delegate_to('mars'):build()", "tasks.lua:2: task 'a' is delegated to unknown agent 'mars'"),
    ("workflow.define('w', { tasks = { 'a' } })", "tasks.lua:1: workflow 'w' lists unknown task 'a'"),
  ])
  func mistakesAreToldAtTheirLine(_ source: String, _ expected: String) async {
    let outcome = await runTasks(source)
    #expect(outcome.message?.hasPrefix(expected) == true, "\(outcome.message ?? "no error")")
  }

  @Test func aMistakeCanBeCaught() async {
    let outcome = await runTasks(
      """
      print(pcall(function() task("a"):command(5) end))
      task("a"):command(function() print("ran") end):build()
      """)
    #expect(
      outcome.printed == [
        "false\ttasks.lua:1: bad argument #1 to 'command' (function expected, got number)", "ran",
      ])
  }
}
