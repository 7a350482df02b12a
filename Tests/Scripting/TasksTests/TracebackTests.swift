import Testing

@testable import RevoadaTasks

@Suite struct TracebackTests {
  @Test func ownAndNativeFramesAreLeftOut() {
    let text = """
      stack traceback:
      \t[C]: in function 'error'
      \t(revoada) task:22: in upvalue 'raise'
      \ta.lua:3: in local 'f'
      \t(...tail calls...)
      \ta.lua:7: in main chunk
      """
    #expect(Traceback.useful(text) == "stack traceback:\n\ta.lua:3: in local 'f'\n\ta.lua:7: in main chunk")
  }

  @Test func aSingleFrameSaysNothingNew() {
    #expect(Traceback.useful("stack traceback:\n\t[C]: in function 'error'\n\ta.lua:1: in main chunk") == nil)
    #expect(Traceback.useful(nil) == nil)
  }

  @Test func anEndlessRecursionIsShortened() {
    let frames = (1...200).map { "\ta.lua:\($0): in local 'f'" }
    let lines = Traceback.useful((["stack traceback:"] + frames).joined(separator: "\n"))?.split(
      separator: "\n")
    #expect(lines?.count == 22)
    #expect(lines?[1] == "\ta.lua:1: in local 'f'")
    #expect(lines?.last == "\ta.lua:200: in local 'f'")
  }
}
