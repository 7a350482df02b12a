import Testing

@testable import RevoadaScriptCheck

@Suite struct ScriptCheckerTests {
  private static let known = KnownNames(
    globals: [
      "_G", "print", "pairs", "type", "require", "pcall", "error", "setmetatable", "rawget", "setfenv",
      "unpack",
    ],
    libraries: [
      "goroutine": ["spawn", "sleep", "channel", "semaphore"], "string": ["format", "rep"],
      "table": ["concat", "unpack"],
    ], modules: ["goroutine", "string", "table"])

  private func findings(_ source: String, files: [String: String] = [:]) -> [String] {
    let checker = ScriptChecker(known: Self.known) { name in
      files[name].map { ScriptChecker.Source(name: "\(name).lua", bytes: Array($0.utf8)) }
    }
    return checker.check(ScriptChecker.Source(name: "main.lua", bytes: Array(source.utf8))).flatMap {
      report in
      report.findings.map { "\(report.file):\($0.line): \($0.message)" }
    }
  }

  @Test func anUnknownGlobalIsFoundWhereItIsFirstRead() {
    #expect(findings("local a = 1\nprint(a + tota)\nprint(tota)") == ["main.lua:2: unknown name 'tota'"])
  }

  @Test func anUnknownLibraryFunctionIsFoundThroughEveryName() {
    #expect(
      findings(
        """
        goroutine.spwan(print)
        local go = require("goroutine")
        go.slep(1)
        local again = require "goroutine"
        again["chanel"]()
        local alias = goroutine
        local f = alias.semaphor
        """) == [
          "main.lua:1: unknown function 'goroutine.spwan'", "main.lua:3: unknown function 'goroutine.slep'",
          "main.lua:5: unknown function 'goroutine.chanel'",
          "main.lua:7: unknown function 'goroutine.semaphor'",
        ])
  }

  @Test(arguments: [
    // Locals in all their forms.
    "local function f(n) if n > 0 then return f(n - 1) end end f(3)",
    "local x <const>, y <close> = 1, nil; print(x, y)",
    "for i, v in pairs({}) do print(i, v) end",
    "for i = 1, 3 do local k = i; print(k) end",
    "repeat local done = true until done",
    "local t = {}; function t.a.b:c(x, ...) return self, x, ... end",
    "local x = 1; do local y = x; print(y) end",
    "goto out; do print() end ::out:: print(1)",
    "for i = 1, 2 do if i == 1 then goto continue end ::continue:: end",
    "print(function(a) return function() return a end end)",
    "local a <const> = 5 print(a)",
    // Fields, methods and keys are no globals.
    "local t = { key = 1, ['k2'] = 2, [3] = 3; 4 }; print(t.field, t:method(t.x.y), t[1].z)",
    "print(('x'):rep(3), #'abc', [[long]], ([[a]]):upper())",
    "print{ name = 1 }; print'text'; print[[text]]",
    // Globals that the script defines, whatever the order.
    "function use() return helper() end function helper() end use()",
    "config = config or {}; print(config)",
    "_G.answer = 42; print(answer)",
    "_G['answer'] = 42; print(answer)",
    // Names whose absence is asked about.
    "if jit then print(jit.version) end",
    "local unpack = table.unpack or unpack",
    "print(type(bit32)); local b = bit32 and bit32.band",
    "if not setfenv2 then error('no') end",
    "if ngx == nil then print(1) end",
    // Libraries that the script extends, or hides.
    "function goroutine.mine() end goroutine.mine()",
    "string.trim = function(s) return s end; print(string.trim('x'))",
    "local goroutine = { anything = print }; goroutine.anything()",
    "goroutine = { anything = print }; goroutine.anything()",
    "local function f(string) return string.whatever end f({})",
    "local g = goroutine; g = {}; g.anything()",
    "if goroutine.newer then goroutine.newer() end",
    "goroutine = require('goroutine'); goroutine.spawn(print)",
    // Globals that come about in ways the text does not show.
    "setmetatable(_G, { __index = function() return print end }); magic()",
    "local _ENV = { x = 1 }; y = x",
    "setfenv(1, {}); anything()",
    "local ok, m = pcall(function() return require('optional') end)",
    "for name in pairs(_G) do print(name) end",
    "",
    "#!/usr/bin/env revoada\nprint(1)",
    "return",
  ])
  func whatIsInOrderRaisesNoAlarm(_ source: String) {
    #expect(findings(source) == [])
  }

  @Test func scopesEnd() {
    #expect(findings("do local a = 1 end print(a)") == ["main.lua:1: unknown name 'a'"])
    #expect(findings("for i = 1, 2 do end print(i)") == ["main.lua:1: unknown name 'i'"])
    #expect(findings("local function f(x) end print(x)") == ["main.lua:1: unknown name 'x'"])
    #expect(findings("repeat local d = 1 until d print(d)") == ["main.lua:1: unknown name 'd'"])
    #expect(findings("if true then local a = 1 else print(a) end") == ["main.lua:1: unknown name 'a'"])
  }

  @Test func aLocalsOwnInitialiserDoesNotSeeIt() {
    #expect(findings("local total = totals + 1") == ["main.lua:1: unknown name 'totals'"])
    #expect(findings("local value = value.x") == ["main.lua:1: unknown name 'value'"])
  }

  @Test func lookingThroughTheGlobalsHidesNothing() {
    #expect(findings("for name in pairs(_G) do print(nmae) end") == ["main.lua:1: unknown name 'nmae'"])
  }

  @Test func requiredFilesAreCheckedAndTheirGlobalsCount() {
    let found = findings(
      "require('lib')\nshared()\nprint(missing)",
      files: ["lib": "function shared() return goroutine.spwan end\nreturn {}"])
    #expect(found == ["main.lua:3: unknown name 'missing'", "lib.lua:1: unknown function 'goroutine.spwan'"])
  }

  @Test func modulesThatRequireEachOtherAreReadOnce() {
    let files = ["a": "require('b') return x1", "b": "require('a') x1 = 1"]
    #expect(findings("require('a')", files: files) == [])
  }

  @Test func aModuleWithoutAFileIsReported() {
    #expect(findings("local m = require('nothere')\nprint(m)") == ["main.lua:1: module 'nothere' not found"])
  }

  @Test func linesAreThoseOfTheName() {
    #expect(
      findings("print(\n  1,\n  unknwon\n)\ngoroutine\n  .nope()") == [
        "main.lua:3: unknown name 'unknwon'", "main.lua:6: unknown function 'goroutine.nope'",
      ])
  }

  @Test(arguments: [
    "(((", "end end end", "local", "function", "for", "if x then", "a.b.", "{", "x = = =", "until",
  ])
  func damagedSourceComesToAnEnd(_ source: String) {
    _ = findings(source)
    #expect(NameResolver.resolve(Array(source.utf8), libraries: []).isDynamic == false)
  }
}
