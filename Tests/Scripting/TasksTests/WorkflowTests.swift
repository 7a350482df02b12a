import Testing

@testable import RevoadaTasks

@Suite struct WorkflowTests {
  @Test func theTableFormRunsItsTasks() async {
    let outcome = await runTasks(
      """
      local a = task("a"):command(function() print("a") return true, nil, { n = 1 } end):build()
      local b = task("b"):depends_on({ "a" }):command(function() return false, "no" end):build()
      workflow.define("w", {
        description = "d", version = "1.2",
        tasks = { a, b, { name = "c", depends_on = { b }, command = function() print("never") end } },
        on_complete = function(success, results)
          print(success, results.a.success, results.a.outputs.n, results.b.status, results.b.message, results.c.status)
        end,
      })
      """)
    #expect(outcome.success == false)
    #expect(outcome.printed == ["a", "false\ttrue\t1\tfailed\tno\tskipped"])
    #expect(outcome.reported.first == "● workflow w 1.2")
    #expect(outcome.reported.last == "✗ workflow w (0ms)")
  }

  @Test func theChainedFormNeedsNoBuildCall() async {
    let outcome = await runTasks(
      """
      workflow.define("w")
        :description("d"):version("2")
        :tasks({ task("a"):command(function() print("a") end), "b" })
        :config({ max_parallel_tasks = 1 })
        :on_complete(function(success, results) print(success, results.a.attempts, results.b.success) end)
      task("b"):command(function() print("b") end):build()
      """)
    #expect(outcome.success == true)
    #expect(outcome.printed == ["a", "b", "true\t1\ttrue"])
  }

  @Test func workflowsRunInOrderAndLooseTasksLast() async {
    let outcome = await runTasks(
      """
      local function make(name, ...)
        return task(name):depends_on({ ... }):command(function() print(name) end):build()
      end
      make("loose")
      make("shared")
      workflow.define("one", { tasks = { make("a", "shared") } })
      workflow.define("two", { tasks = { make("b") } })
      """)
    #expect(outcome.success == true)
    #expect(outcome.printed == ["shared", "a", "b", "loose"])
  }

  @Test func aFailedWorkflowDoesNotStopTheNext() async {
    let outcome = await runTasks(
      """
      workflow.define("one", { tasks = { task("a"):command(function() return false end):build() } })
      workflow.define("two", { tasks = { task("b"):command(function() print("b") end):build() } })
      """)
    #expect(outcome.success == false)
    #expect(outcome.printed == ["b"])
  }

  @Test func onStartCanRefuse() async {
    let outcome = await runTasks(
      """
      workflow.define("w", {
        tasks = { task("a"):command(function() print("never") end):build() },
        on_start = function() return false, "not now" end,
      })
      """)
    #expect(outcome.success == false)
    #expect(outcome.printed == [])
    #expect(outcome.reported.contains("tasks.lua:1: not now (in on_start of workflow 'w')"))
  }

  @Test func anErrorInOnCompleteFailsTheWorkflow() async {
    let outcome = await runTasks(
      """
      workflow.define("w", {
        tasks = { task("a"):build() },
        on_complete = function() error("end") end,
      })
      """)
    #expect(outcome.success == false)
    #expect(outcome.reported.contains("tasks.lua:3: end (in on_complete of workflow 'w')"))
  }

  @Test func unknownSettingsAreMentioned() async {
    let outcome = await runTasks(
      "workflow.define('w', { tasks = { task('a'):build() }, config = { cleanup_policy = 'always' } })")
    #expect(outcome.success == true)
    #expect(
      outcome.reported.first
        == "tasks.lua:1: warning: workflow 'w': config 'cleanup_policy' is not known and has no effect")
  }

  @Test func failFastStopsTheRest() async {
    let outcome = await runTasks(
      """
      local function make(name, body) return task(name):command(body):build() end
      workflow.define("w", {
        tasks = { make("a", function() return false end), make("b", function() print("never") end) },
        config = { fail_fast = true, max_parallel_tasks = 1 },
      })
      """)
    #expect(outcome.success == false)
    #expect(outcome.printed == [])
    #expect(outcome.reported.contains("- b skipped: 'a' failed"))
  }
}
