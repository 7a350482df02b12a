import CommandTestSupport
import Foundation
import Testing

@Suite(.timeLimit(.minutes(10))) struct ExitCodeTests {
  @Test func aScriptThatEndsIsASuccess() async throws {
    let outcome = try await Revoada.script(
      "print('hello') goroutine.spawn(function() goroutine.sleep(1e7) end)")
    #expect(outcome.status == 0)
    #expect(outcome.output == "hello\n")
    #expect(outcome.errors == "")
  }

  @Test func argumentsReachTheScript() async throws {
    let outcome = try await Revoada.script(
      "print(arg[0], #arg, arg[1], ...)", arguments: ["--", "--json", "a b", "-x"])
    #expect(outcome.output == "script.lua\t3\t--json\t--json\ta b\t-x\n")
  }

  @Test func anErrorIsOneWithItsPlace() async throws {
    let outcome = try await Revoada.script("local x = 1\nlocal function f() error('boom') end\nf()")
    #expect(outcome.status == 1)
    #expect(outcome.firstError == "script.lua:2: boom")
    #expect(outcome.errors.contains("script.lua:3: in main chunk"))
  }

  @Test func anErrorNobodyAwaitsIsToldAndLeavesTheCodeAlone() async throws {
    let outcome = try await Revoada.script(
      "goroutine.spawn(function() error('lost') end) goroutine.sleep(1) print('on')")
    #expect(outcome.status == 0)
    #expect(outcome.output == "on\n")
    #expect(outcome.firstError == "script.lua:1: lost")
  }

  @Test func theScriptChoosesItsCode() async throws {
    #expect(try await Revoada.script("os.exit(7)").status == 7)
    #expect(try await Revoada.script("os.exit(true)").status == 0)
    #expect(try await Revoada.script("task('a'):command(function() os.exit(6) end):build()").status == 6)
  }

  @Test func aFailedTaskIsOne() async throws {
    let outcome = try await Revoada.script(
      """
      task("good"):command(function() print("good") end):build()
      task("bad"):command(function() error("boom") end):build()
      """)
    #expect(outcome.status == 1)
    #expect(outcome.output == "good\n")
    #expect(outcome.errors.contains("\nscript.lua:2: boom\n"))
  }

  @Test func whatTasksLeaveBehindIsToldWithItsSpawnSite() async throws {
    let outcome = try await Revoada.script(
      """
      task("leaky"):command(function()
        local jobs = goroutine.channel(0, "jobs")
        goroutine.spawn(function()
          jobs:receive()
        end)
        goroutine.await(goroutine.spawn(function() goroutine.sleep(1) end))
      end):build()
      """)
    #expect(outcome.status == 0)
    #expect(
      outcome.errors.hasSuffix(
        """
        warning: 1 goroutine still waits at the end of the tasks:
          goroutine 3 waits to receive from channel "jobs" at script.lua:4, spawned at script.lua:3

        """), "\(outcome.errors)")
    let tidy = try await Revoada.script("task('tidy'):command(function() goroutine.sleep(1) end):build()")
    #expect(!tidy.errors.contains("still wait"), "\(tidy.errors)")
  }

  @Test func oneTaskCanBeChosen() async throws {
    let source = """
      task("a"):command(function() print("a") end):build()
      task("b"):depends_on({ "a" }):command(function() print("b") end):build()
      task("c"):command(function() error("never") end):build()
      """
    let outcome = try await Revoada.script(source, arguments: ["--task", "b"])
    #expect(outcome.status == 0)
    #expect(outcome.output == "a\nb\n")
    let unknown = try await Revoada.script(source, arguments: ["--task", "bb"])
    #expect(unknown.status == 2)
    #expect(unknown.firstError == "script.lua: unknown task 'bb' (did you mean 'b'?); known tasks: a, b, c")
  }

  @Test(arguments: [
    ["run"], ["frobnicate"], ["run", "--no-such-option", "x.lua"], ["run", "a.lua", "b.lua"], ["check"],
    ["run", "--memory-limit", "0", "x.lua"], ["run", "--memory-limit", "much", "x.lua"],
  ])
  func badUsageIsTwo(_ arguments: [String]) async throws {
    let outcome = try await Revoada.run(arguments, in: Revoada.repository)
    #expect(outcome.status == 2)
    #expect(outcome.firstError.hasPrefix("Error:"))
    #expect(outcome.output == "")
  }

  @Test func helpAndVersionAreNoFailures() async throws {
    let version = try await Revoada.run("version")
    #expect(version.status == 0)
    #expect(version.output.wholeMatch(of: /revoada \d+\.\d+\.\d+\n/) != nil)
    let help = try await Revoada.run("run", "--help")
    #expect(help.status == 0)
    #expect(help.output.contains("USAGE: revoada run"))
  }

  @Test(arguments: [SIGINT, SIGTERM])
  func aSignalEndsTheRunAndItsPrograms(_ signal: Int32) async throws {
    let folder = try Folder()
    defer { folder.remove() }
    let ready = folder.url.appendingPathComponent("pid").path
    let outcome = try await Revoada.script(
      """
      task("long")
        :command(function() exec.run("echo $$ > \(ready).new; mv \(ready).new \(ready); exec sleep 1000") end)
        :on_failure(function() print("never") end)
        :build()
      task("next"):depends_on({ "long" }):command(function() print("never") end):build()
      """
    ) { process in
      // Only a script that is under way can show that it stops; it says so by a file.
      Thread.detachNewThread {
        while !FileManager.default.fileExists(atPath: ready) { usleep(2000) }
        kill(process.processIdentifier, signal)
      }
    }
    #expect(outcome.status == 128 + signal)
    #expect(outcome.output == "")
    let pid = try #require(
      Int32(String(contentsOfFile: ready, encoding: .utf8).trimmingCharacters(in: .newlines)))
    #expect(kill(pid, 0) == -1 && errno == ESRCH)
  }

  @Test func aLoopThatNeverEndsIsInterrupted() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    let ready = folder.url.appendingPathComponent("ready").path
    let outcome = try await Revoada.script(
      "fs.write('\(ready)', '') while true do pcall(function() while true do end end) end"
    ) { process in
      Thread.detachNewThread {
        while !FileManager.default.fileExists(atPath: ready) { usleep(2000) }
        kill(process.processIdentifier, SIGINT)
      }
    }
    #expect(outcome.status == 130)
  }
}
