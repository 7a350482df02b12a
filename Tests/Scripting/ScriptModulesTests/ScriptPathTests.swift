import Testing

@testable import RevoadaScriptModules

@Suite struct ScriptPathTests {
  @Test(arguments: [
    ("a/b", "b", "a"), ("/a", "a", "/"), ("/", "/", "/"), ("a", "a", "."), ("a/b/", "b", "a"),
    ("/a//b", "b", "/a"),
    ("//", "/", "/"),
  ])
  func baseAndParent(_ path: String, _ base: String, _ parent: String) {
    #expect(ScriptPath(path).lastComponent.text == base)
    #expect(ScriptPath(path).parent.text == parent)
  }

  @Test(arguments: [
    ("a.txt", ".txt"), ("a.tar.gz", ".gz"), (".profile", ""), ("a", ""), ("d.x/a", ""), ("a.", ""),
  ])
  func extensions(_ path: String, _ expected: String) {
    #expect(ScriptPath(path).pathExtension.text == expected)
  }

  @Test func joiningAddsOneSlashAndAbsolutePathsStandAlone() {
    #expect(ScriptPath("a").appending(ScriptPath("b")).text == "a/b")
    #expect(ScriptPath("a/").appending(ScriptPath("b")).text == "a/b")
    #expect(ScriptPath("a").appending(ScriptPath("/b")).text == "/b")
    #expect(ScriptPath("").appending(ScriptPath("b")).text == "b")
  }

  @Test func bytesThatAreNoTextSurvive() {
    let path = ScriptPath([0x61, 0xFF]).appending(ScriptPath([0xFE]))
    #expect(path.bytes == [0x61, 0xFF, 0x2F, 0xFE])
    #expect(path.withCString { $0[1] } == CChar(bitPattern: 0xFF))
  }
}
