import RevoadaLua
import Testing

@testable import RevoadaScriptModules

@Suite struct ExecTests {
  @Test func theResultTellsAllThereIs() async {
    let outcome = await runScript(
      """
      local r = exec.run("printf out; printf err >&2; exit 3")
      print(r.success, r.code, r.stdout, r.stderr, r.signal, r.duration_ms >= 0)
      local ok = exec.run({ "printf", "%s-%s", "a b", "$HOME" })
      print(ok.success, ok.code, ok.stdout)
      print(exec.run("kill -9 $$").signal, exec.run("kill -9 $$").code, exec.run("kill -9 $$").success)
      """)
    #expect(outcome.error == nil)
    #expect(outcome.printed == ["false\t3\tout\terr\tnil\ttrue", "true\t0\ta b-$HOME", "9\t137\tfalse"])
  }

  @Test func optionsReachTheProgram() async throws {
    let outcome = try await withDirectory { directory in
      await runScript(
        """
        print(exec.run("pwd", { cwd = dir }).stdout == dir .. "\\n")
        print(exec.run("echo $ANSWER $HOME | wc -w", { env = { ANSWER = 42 } }).stdout:match("%d+"))
        print(exec.run("cat", { stdin = "fed\\0in" }).stdout == "fed\\0in")
        print(exec.run("cat").stdout == "")
        """, directory: directory)
    }
    #expect(outcome.printed == ["true", "2", "true", "true"])
  }

  @Test func tenMegabytesInAndOut() async {
    let outcome = await runScript(
      """
      local data = ("0123456789abcdef"):rep(655360)
      local r = exec.run("cat; head -c 1000000 /dev/zero >&2", { stdin = data })
      print(r.stdout == data, #r.stderr)
      """)
    #expect(outcome.error == nil)
    #expect(outcome.printed == ["true\t1000000"])
  }

  @Test func aProgramNeedNotReadItsInput() async {
    let outcome = await runScript("print(exec.run('true', { stdin = ('x'):rep(1e6) }).code)")
    #expect(outcome.printed == ["0"])
  }

  @Test func tooMuchOutputEndsTheProgram() async {
    let outcome = await runScript("print(exec.run('yes', { max_output = 100000 }))")
    #expect(outcome.printed == ["nil\texec: 'yes' wrote more than max_output (100000 bytes)"])
  }

  @Test func whatCannotStartIsAMessage() async {
    let outcome = await runScript(
      """
      print(exec.run({ "no-such-program-here" }))
      print(exec.run({ "/no/such/program" }))
      print(exec.run("true", { cwd = "/no/such/directory" }))
      """)
    #expect(
      outcome.printed == [
        "nil\texec: cannot start 'no-such-program-here': no such program, or not executable",
        "nil\texec: cannot start '/no/such/program': no such program, or not executable",
        "nil\texec: cannot start 'true': cannot enter directory '/no/such/directory'",
      ])
  }

  @Test func aTimeoutEndsTheWholeGroup() async throws {
    // The inner sleep would hold the pipe open, and the run with it, were only the shell ended.
    let outcome = await runScript("print(exec.run('sleep 1000 & sleep 1000; wait', { timeout = 50 }))")
    #expect(outcome.printed == ["nil\texec: timeout exceeded (50 ms)"])
  }

  @Test func aKilledGoroutineEndsItsProgram() async throws {
    let outcome = try await withDirectory { directory in
      await runScript(
        """
        local pid = fs.join(dir, "pid")
        -- A busy machine may need longer to start the program: until it has, the run is repeated with more time.
        local limit, number, ok, why = 300, nil, nil, nil
        repeat
          ok, why = goroutine.timeout(limit, function()
            exec.run("echo $$ > " .. pid .. "; exec sleep 1000")
            print("never")
          end)
          number = (fs.read(pid) or ""):match("%d+")
          limit = limit * 2
        until number
        print(ok, why)
        -- The program is ended after its goroutine; wait for it, within reason.
        for _ = 1, 200 do
          if not exec.run("kill -0 " .. number .. " 2>&1").success then print("ended") return end
          goroutine.sleep(10)
        end
        """, directory: directory)
    }
    #expect(outcome.printed == ["false\ttimeout exceeded", "ended"])
  }

  @Test(arguments: [
    ("exec.run()", "bad argument #1 to 'run' (string expected, got no value)"),
    ("exec.run({})", "bad argument #1 to 'run' (a list of program and arguments expected)"),
    ("exec.run({ 'a', {} })", "bad argument #1 to 'run' (arguments must be strings, got table)"),
    ("exec.run('a\\0b')", "bad argument #1 to 'run' (an argument cannot contain a NUL byte)"),
    (
      "exec.run('x', { tmeout = 1 })",
      "bad argument #2 to 'run' (unknown option 'tmeout'; known: cwd, env, max_output, stdin, timeout)"
    ),
    (
      "exec.run('x', { timeout = -1 })",
      "bad argument #2 to 'run' (option 'timeout': milliseconds above 0 expected, got -1)"
    ),
    (
      "exec.run('x', { timeout = 'a' })",
      "bad argument #2 to 'run' (option 'timeout': number expected, got string)"
    ),
    (
      "exec.run('x', { env = { ['a=b'] = 1 } })",
      "bad argument #2 to 'run' (option 'env': 'a=b' is no name of a variable)"
    ),
    (
      "exec.run('x', { max_output = 0.5 })",
      "bad argument #2 to 'run' (option 'max_output': whole number from 1 to 1099511627776 expected, got 0.5)"
    ),
  ])
  func misuseIsAnErrorAtItsLine(_ source: String, _ expected: String) async {
    let outcome = await runScript(source)
    #expect(outcome.error?.message == "test.lua:1: \(expected)")
  }
}
