import CommandTestSupport
import Foundation
import Testing

@Suite(.timeLimit(.minutes(10))) struct BadInputTests {
  /// A clear end: the given code and first line, and nothing of Swift's own.
  private func expectClearEnd(
    _ outcome: CommandOutcome, _ status: Int32, _ message: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(outcome.status == status, sourceLocation: sourceLocation)
    #expect(outcome.firstError == message, sourceLocation: sourceLocation)
    #expect(!outcome.errors.contains(".swift"), sourceLocation: sourceLocation)
    #expect(!outcome.errors.contains("Fatal error"), sourceLocation: sourceLocation)
  }

  @Test(arguments: ["run", "check"]) func filesThatAreNoScripts(_ command: String) async throws {
    let folder = try Folder()
    defer { folder.remove() }
    expectClearEnd(
      try await Revoada.run(command, "missing.lua", in: folder.url), 2,
      "missing.lua: No such file or directory")
    expectClearEnd(try await Revoada.run(command, ".", in: folder.url), 2, ".: is a directory, not a script")
    expectClearEnd(
      try await Revoada.run(command, "/dev/null", in: folder.url), 2, "/dev/null: is not a regular file")
    expectClearEnd(
      try await Revoada.script(Data([0x7F, 0x45, 0x4C, 0x46, 0, 1, 0xFF]), command: [command]), 2,
      "script.lua: not a Lua script (binary data)")
    expectClearEnd(
      try await Revoada.script(Data("\u{1B}LuaT".utf8), command: [command]), 2,
      "script.lua: not a Lua script (binary data)")
  }

  @Test(arguments: ["run", "check"]) func aSyntaxErrorHasItsLine(_ command: String) async throws {
    expectClearEnd(
      try await Revoada.script("print(1)\nlocal x = = 2\n", command: [command]), 2,
      "script.lua:2: unexpected symbol near '='")
    expectClearEnd(
      try await Revoada.script("if x then\n", command: [command]), 2,
      "script.lua:2: 'end' expected (to close 'if' at line 1) near <eof>")
  }

  @Test func bytesThatAreNoTextAreASyntaxError() async throws {
    let outcome = try await Revoada.script(Data([0xFF, 0xFE, 0x80, 0x81]))
    #expect(outcome.status == 2)
    #expect(outcome.firstError.hasPrefix("script.lua:1: "))
  }

  @Test(arguments: [
    ("", ""), ("\u{FEFF}print('bom')", "bom\n"), ("#!/usr/bin/env revoada\nprint('shell')", "shell\n"),
    ("\u{FEFF}#!/usr/bin/env revoada\nprint('both')", "both\n"),
    ("print('crlf')\r\nprint(#[[a\r\nb]])\r\n", "crlf\n3\n"),
    ("-- nothing but a comment", ""), ("return 5", ""),
  ])
  func oddButValidFilesRun(_ source: String, _ output: String) async throws {
    let outcome = try await Revoada.script(source)
    #expect(outcome.status == 0)
    #expect(outcome.output == output)
    #expect(outcome.errors == "")
    #expect(try await Revoada.script(source, command: ["check"]).status == 0)
  }

  @Test func linesAreCountedRightInOddFiles() async throws {
    expectClearEnd(
      try await Revoada.script("#!/usr/bin/env revoada\nerror('x')"), 1, "script.lua:2: x")
    expectClearEnd(try await Revoada.script("\r\n\r\nerror('x')\r\n"), 1, "script.lua:3: x")
  }

  @Test(arguments: [
    ("error({})", "script.lua:1: error object is a table value"),
    ("error()", "script.lua:1: error object is a nil value"),
    ("error(setmetatable({}, { __tostring = function() return 'shown' end }))", "script.lua:1: shown"),
    ("\ngoroutine.spawn(5)", "script.lua:2: bad argument #1 to 'spawn' (function expected, got number)"),
    ("\ngoroutine.sleep('soon')", "script.lua:2: bad argument #1 to 'sleep' (number expected, got string)"),
    ("\nlocal function f() return 1 + f() end\nf()", "script.lua:2: stack overflow"),
    ("local m = require('nothere')", "script.lua:1: module 'nothere' not found:"),
    (
      "\ntask('a'):depends_on({ 'b' }):build() task('b'):depends_on({ 'a' }):build()",
      "script.lua:2: dependency cycle: a → b → a"
    ),
    ("task('a'):build()\ntask('a'):build()", "script.lua:2: task 'a' is already defined at script.lua:1"),
    (
      "task('a'):depends_on({ 'bild' }):build() task('build'):build()",
      "script.lua:1: task 'a' depends on unknown task 'bild' (did you mean 'build'?)"
    ),
    (
      "task('a'):delegate_to('mars'):build()",
      "script.lua:1: task 'a' is delegated to unknown agent 'mars' (no agents are registered)"
    ),
  ])
  func failuresHaveTheirPlace(_ source: String, _ message: String) async throws {
    expectClearEnd(try await Revoada.script(source), 1, message)
  }

  @Test func anAllocationBombMeetsTheLimit() async throws {
    let outcome = try await Revoada.script(
      "local t = {} while true do t[#t + 1] = ('x'):rep(100000) .. #t end",
      arguments: ["--memory-limit", "32"])
    #expect(outcome.status == 1)
    #expect(outcome.firstError.contains("not enough memory"))
    #expect(outcome.firstError.contains("32 MiB"))
  }

  @Test func tenMegabytesOfOutputArrive() async throws {
    let outcome = try await Revoada.script(
      "print(#exec.run('head -c 10000000 /dev/zero').stdout) for i = 1, 10 do print(('y'):rep(999999)) end")
    #expect(outcome.status == 0)
    #expect(outcome.output.utf8.count == 9 + 10_000_000)
  }

  @Test func aReaderThatLeavesEndsTheScript() async throws {
    let binary = Revoada.program.binary.path
    let outcome = try await Revoada.script(
      """
      local r = exec.run("echo 'while true do print(1) end' > endless.lua; '\(binary)' run endless.lua | head -1")
      print(r.stdout == "1\\n")
      """)
    #expect(outcome.output == "true\n")
  }

  @Test func aDeadlockIsTold() async throws {
    let outcome = try await Revoada.script("local ch = goroutine.channel()\nch:receive()")
    #expect(outcome.status == 1)
    #expect(outcome.firstError.hasPrefix("script.lua:2: deadlock"))
  }
}
