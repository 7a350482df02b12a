import CommandTestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct CheckCommandTests {
  @Test func unknownNamesAreTold() async throws {
    let outcome = try await Revoada.script(
      "goroutine.spwan(print)\nlocal total = 1\nprint(totl)\nfs.reed('x')", command: ["check"])
    #expect(outcome.status == 1)
    #expect(
      outcome.errors == """
        script.lua:1: unknown function 'goroutine.spwan' (did you mean 'spawn'?)
        script.lua:3: unknown name 'totl' (did you mean 'total'?)
        script.lua:4: unknown function 'fs.reed' (did you mean 'read'?)

        """)
  }

  @Test func theScriptDoesNotRun() async throws {
    let outcome = try await Revoada.script("print('ran') error('x')", command: ["check"])
    #expect(outcome.status == 0)
    #expect(outcome.output == "")
  }

  @Test func namesOfLua51AreKnown() async throws {
    let outcome = try await Revoada.script(
      "print(unpack, loadstring, setfenv, getfenv, table.getn, math.pow, arg, task, workflow.define)",
      command: ["check"])
    #expect(outcome.errors == "")
    #expect(outcome.status == 0)
  }
}
