import RevoadaLua
import Testing

@testable import RevoadaScriptModules

@Suite struct JSONReaderTests {
  private func read(_ text: String) throws -> LuaValue { try JSONReader.read(Array(text.utf8)).value }

  private func failure(_ text: String) -> String? {
    do {
      _ = try read(text)
      return nil
    } catch {
      return String(describing: error)
    }
  }

  @Test func integersStayIntegersAndFloatsFloats() throws {
    #expect(
      try read("[1, -0, 1.0, 1e2, 9223372036854775807]")
        == .table(LuaTable(array: [1, 0, .number(1), .number(100), .integer(.max)])))
  }

  @Test func anIntegerBeyondLuasRangeBecomesAFloat() throws {
    #expect(try read("9223372036854775808") == .number(9223372036854775808))
  }

  @Test func textAndItsEscapes() throws {
    #expect(try read(#""a\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00""#) == .string("a\"\\/\u{8}\u{C}\n\r\té😀"))
    #expect(try read(#""\ud83dx""#) == .string("\u{FFFD}x"))
    #expect(try read(#""\ud83d\u0041""#) == .string("\u{FFFD}A"))
  }

  @Test func nestedValues() throws {
    let expected = LuaTable(["list": .table(LuaTable(array: [true, false])), "empty": .table(LuaTable())])
    #expect(try read(" { \"list\" : [ true , false ] , \"empty\" : {} } ") == .table(expected))
  }

  @Test func nullAndTheEmptyListAreMarked() throws {
    let result = try JSONReader.read(Array("[null]".utf8))
    #expect(result.sawMarker)
    #expect(result.value == .table(LuaTable(array: [JSONMarker.null.value])))
    #expect(try JSONReader.read(Array("[]".utf8)).value == JSONMarker.emptyArray.value)
    #expect(try !JSONReader.read(Array("[1]".utf8)).sawMarker)
  }

  @Test(arguments: [
    ("", "line 1, column 1: a value expected, got the end of the text"),
    ("{\"a\" 1}", "line 1, column 6: ':' expected"),
    ("[1,\n 2\n 3]", "line 3, column 2: ',' or ']' expected"),
    ("{a: 1}", "line 1, column 2: a field name in quotation marks expected"),
    ("[1] x", "line 1, column 5: end of text expected"),
    ("01", "line 1, column 2: a number cannot start with 0"),
    ("1.", "line 1, column 3: a digit expected"),
    ("-", "line 1, column 2: a digit expected"),
    ("1e999", "line 1, column 1: number out of range"),
    ("\"abc", "line 1, column 5: the string does not end"),
    ("\"a\nb\"", "line 1, column 3: a control character must be written as \\u00XX"),
    (#""\q""#, "line 1, column 3: unknown escape"),
    (#""\u12"#, "line 1, column 6: four hexadecimal digits expected"),
    ("nul", "line 1, column 1: 'null' expected"),
    ("[1,]", "line 1, column 4: a value expected"),
  ])
  func errorsNameTheirPlace(_ text: String, _ expected: String) {
    #expect(failure(text) == expected)
  }

  @Test func nestingHasALimit() throws {
    let depth = JSONReader.maximumDepth
    #expect(failure(String(repeating: "[", count: depth) + String(repeating: "]", count: depth)) == nil)
    let text = failure(String(repeating: "[", count: 1_000_000))
    #expect(text == "line 1, column \(depth + 1): nested deeper than \(depth) levels")
  }
}

@Suite struct JSONWriterTests {
  @Test func fieldNamesAreSorted() throws {
    let table = LuaTable(["b": 1, "a": .number(1.5), "c": "x"])
    #expect(try JSONWriter.write(.table(table)) == #"{"a":1.5,"b":1,"c":"x"}"#)
  }

  @Test func floatsKeepTheirPoint() throws {
    #expect(
      try JSONWriter.write(.table(LuaTable(array: [1, .number(1), .number(1e300)]))) == "[1,1.0,1e+300]")
  }

  @Test func prettyTextIsIndented() throws {
    let table = LuaTable(["list": .table(LuaTable(array: [1, 2])), "none": .table(LuaTable())])
    #expect(
      try JSONWriter.write(.table(table), indentation: 2)
        == "{\n  \"list\": [\n    1,\n    2\n  ],\n  \"none\": {}\n}")
  }

  @Test func controlCharactersAreEscaped() throws {
    #expect(try JSONWriter.write("a\"\\\n\u{1}é") == #""a\"\\\n\u0001é""#)
  }

  @Test func markersHaveTheirOwnText() throws {
    let list = LuaTable(array: [JSONMarker.null.value, JSONMarker.emptyArray.value])
    #expect(try JSONWriter.write(.table(list)) == "[null,[]]")
  }

  @Test func whatJSONCannotSayIsNamedWithItsPlace() {
    func failure(_ value: LuaValue) -> String {
      do { return try JSONWriter.write(value) } catch { return String(describing: error) }
    }
    #expect(failure(.number(.nan)) == "nan has no JSON form")
    #expect(
      failure(.table(LuaTable(["a": .table(LuaTable(array: [.number(.infinity)]))])))
        == "inf has no JSON form (at .a[1])")
    #expect(
      failure(.table(LuaTable(array: [1], fields: ["x": 2])))
        == "a table has both list elements and the field 'x'")
    #expect(
      failure(.table(LuaTable(fields: [.integer(5): 1]))) == "a field name must be a string, got number 5")
    #expect(failure(.string(LuaString(bytes: [0xFF]))) == "a string is not valid UTF-8")
  }

  @Test(arguments: 0..<40) func whatIsWrittenIsReadBack(_ seed: Int) throws {
    var random = Xorshift(seed: UInt64(seed))
    let value = random.value(depth: 4)
    for indentation in [nil, 3] {
      let text = try JSONWriter.write(value, indentation: indentation)
      #expect(try JSONReader.read(Array(text.utf8)).value == value, "\(text)")
    }
  }
}

/// Random values that JSON can carry.
private struct Xorshift: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed &* 2_654_435_761 | 1 }

  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }

  mutating func value(depth: Int) -> LuaValue {
    switch Int.random(in: 0..<(depth > 0 ? 8 : 6), using: &self) {
    case 0: .bool(Bool.random(using: &self))
    case 1: .integer(Int64.random(in: .min ... .max, using: &self))
    case 2: .number(Double.random(in: -1e9...1e9, using: &self))
    case 3: JSONMarker.null.value
    case 4, 5: .string(text())
    case 6: .table(LuaTable(array: (1...3).map { _ in value(depth: depth - 1) }))
    default: .table(LuaTable(["a": value(depth: depth - 1), "\u{7}é": value(depth: depth - 1)]))
    }
  }

  private mutating func text() -> String {
    let scalars = (0..<Int.random(in: 0..<12, using: &self)).compactMap { _ in
      Unicode.Scalar(UInt32.random(in: 0..<0x11000, using: &self))
    }
    return String(String.UnicodeScalarView(scalars))
  }
}
