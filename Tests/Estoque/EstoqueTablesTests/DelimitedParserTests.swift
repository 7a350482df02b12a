import Testing

@testable import EstoqueTables

@Suite(.timeLimit(.minutes(10)))
struct DelimitedParserTests {
  /// All records of a text that comes in pieces of some size.
  static func records(
    _ text: String, _ dialect: Dialect = Dialect(.comma), piece: Int = 1_000,
    limits: DelimitedLimits = DelimitedLimits()
  ) throws -> [[String]] {
    try records(Array(text.utf8), dialect, piece: piece, limits: limits)
  }
  static func records(
    _ bytes: [UInt8], _ dialect: Dialect = Dialect(.comma), piece: Int = 1_000,
    limits: DelimitedLimits = DelimitedLimits()
  ) throws -> [[String]] {
    var parser = DelimitedParser(dialect, limits: limits)
    var result: [[String]] = []
    var position = 0
    while position < bytes.count {
      let end = min(position + piece, bytes.count)
      try parser.parse(bytes[position..<end])
      result += parser.takeBatch().map(\.texts)
      position = end
    }
    try parser.finish()
    return result + parser.takeBatch().map(\.texts)
  }

  @Test(arguments: [1, 2, 3, 7, 1_000])
  func whateverThePieces(piece: Int) throws {
    let text = "a,b,c\r\n\"x, y\",\"say \"\"hi\"\"\",\"two\r\nlines\"\n,,\rlast, blank ,end"
    #expect(
      try Self.records(text, piece: piece) == [
        ["a", "b", "c"], ["x, y", "say \"hi\"", "two\r\nlines"], ["", "", ""], ["last", "blank", "end"],
      ])
  }

  @Test func marksThatQuoteNothing() throws {
    #expect(try Self.records("5\" disk,a\"b\n\"q\" ,x\n") == [["5\" disk", "a\"b"], ["q", "x"]])
    #expect(try Self.records("\"open\tclose\n", Dialect(.tab, hasQuotes: false)) == [["\"open", "close"]])
  }

  @Test func linesAreCounted() throws {
    var parser = DelimitedParser(Dialect(.comma))
    try parser.parse(Array("a\n\"b\nb\"\n\nc\n".utf8)[...])
    try parser.finish()
    #expect(parser.takeBatch().map(\.line) == [1, 2, 4, 5])
  }

  @Test func windows1252AndUTF8InOneFile() throws {
    #expect(
      try Self.records([0x41, 0xE7, 0xE3, 0x6F, 0x2C, 0xC3, 0xA7, 0x2C, 0x80]) == [
        ["Ação".replacingA, "ç", "€"]
      ])
  }

  @Test func faultsNameTheirLine() {
    #expect(throws: DelimitedFault(kind: .openQuotation, line: 2)) { try Self.records("a,b\n\"c,d\n") }
    #expect(throws: DelimitedFault(kind: .zeroByte, line: 1)) { try Self.records([0x41, 0x00]) }
    #expect(throws: DelimitedFault(kind: .manyCells(limit: 2), line: 1)) {
      try Self.records("1,2,3", limits: DelimitedLimits(cells: 2))
    }
    for text in [String(repeating: "x", count: 1_000_000), "\"" + String(repeating: "x", count: 1_000_000)] {
      #expect(throws: DelimitedFault(kind: .longCell(limit: 65_536), line: 2)) {
        try Self.records("a\n" + text, piece: 4_096, limits: DelimitedLimits(cell: 65_536))
      }
    }
  }

  @Test func noInputCrashes() throws {
    var generator = SystemRandomNumberGenerator()
    let alphabet = Array("ab\"\",;\n\r\t \u{E7}".utf8) + [0xFF, 0x80]
    for _ in 0..<2_000 {
      let bytes = (0..<Int.random(in: 0..<60, using: &generator)).map { _ in
        alphabet.randomElement(using: &generator)!
      }
      let whole = Result { try Self.records(bytes) }
      let pieces = Result { try Self.records(bytes, piece: 3) }
      switch (whole, pieces) {
      case (.success(let left), .success(let right)): #expect(left == right)
      case (.failure(let left), .failure(let right)): #expect("\(left)" == "\(right)")
      default: Issue.record("\(bytes): \(whole), \(pieces)")
      }
    }
  }
}

extension String {
  fileprivate var replacingA: String { "A" + dropFirst() }
}
