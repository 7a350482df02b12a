import Testing

@testable import RevoadaScriptCheck

@Suite struct LuaLexerTests {
  private func texts(_ source: String) -> [String] {
    LuaLexer.tokens(Array(source.utf8)).dropLast().map(\.text)
  }

  @Test func symbolsAreAsLongAsPossible() {
    #expect(
      texts("a<=b..c...::d//e~=f") == ["a", "<=", "b", "..", "c", "...", "::", "d", "//", "e", "~=", "f"])
  }

  @Test func commentsOfBothKindsAreNoTokens() {
    #expect(texts("a -- b\n--[[ c\nd ]] e --[==[ ]] ]==] f --[ g") == ["a", "e", "f"])
  }

  @Test func longStringsEndAtTheirOwnLevel() {
    #expect(texts("x = [==[a]]b]=]c]==] y") == ["x", "=", "a]]b]=]c", "y"])
  }

  @Test func aBracketAloneIsASymbol() {
    #expect(texts("t[t[1]]") == ["t", "[", "t", "[", "1", "]", "]"])
    #expect(texts("a[=1") == ["a", "[", "=", "1"])
  }

  @Test func stringsKeepTheirQuotesInside() {
    #expect(texts(#"f("a\"b", 'c"d')"#) == ["f", "(", #"a\"b"#, ",", "c\"d", ")"])
  }

  @Test func numbersOfAllForms() {
    #expect(texts("0x1Fp-2 1e+5 .5 3..2 0xA.8") == ["0x1Fp-2", "1e+5", ".5", "3..2", "0xA.8"])
  }

  @Test func linesAreCountedThroughEverything() {
    let source = "a\n\"x\\\ny\" b\n[[\n\n]] c \"p\\z\n  q\" d --[[\n]] e"
    let lines = LuaLexer.tokens(Array(source.utf8)).filter { $0.kind == .name }.map { "\($0.text)\($0.line)" }
    #expect(lines == ["a1", "b3", "c6", "d7", "e8"])
  }

  @Test func theShellsLineAndTheByteOrderMarkAreSkipped() {
    #expect(texts("\u{FEFF}#!/usr/bin/env revoada\r\nprint") == ["print"])
  }

  @Test(arguments: ["\"", "'abc", "[[", "--[[", "\\", "a\\", "0x", "[=", "\"\\", "\"\\z"])
  func damagedTextEnds(_ source: String) {
    #expect(LuaLexer.tokens(Array(source.utf8)).last?.kind == .end)
  }
}
