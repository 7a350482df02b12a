import HTTPTypes
import Testing

@testable import EstoqueWeb

struct PartTests {
  @Test(
    arguments: [
      ("null", JSON.null), ("[true,false]", [true, false]),
      ("{\"a\":{\"b\":[1,-2,3.50]}}", ["a": ["b": [1, .integer(-2), .number("3.50")]]]),
      ("\"\\u00e9\\n\\\"\\\\\\/\"", "é\n\"\\/"), ("\"\\ud83d\\ude00\"", "😀"), (" [ ] ", []),
      ("{}", .object([])),
      ("9223372036854775807", .integer(.max)), ("9223372036854775808", .number("9223372036854775808")),
      ("1e5", .number("1e5")),
    ] as [(String, JSON)])
  func `JSON is read`(_ text: String, _ value: JSON) throws {
    #expect(try JSON(parsing: Array(text.utf8)) == value)
    #expect(try JSON(parsing: value.bytes) == value)
  }

  @Test(arguments: [
    "", " ", "nul", "[1,]", "{\"a\" 1}", "{a:1}", "[1 2]", "01", "1.", ".5", "-", "+1", "1e", "\"", "\"\n\"",
    "\"\\x\"",
    "\"\\ud800\"", "\"\\udc00\"", "\"\\u12\"", "[1]x", "{\"a\":1,\"a\":2}", "'a'", "NaN", "\u{FEFF}1",
  ])
  func `what is no JSON is refused`(_ text: String) {
    #expect(throws: MalformedJSON.self) { try JSON(parsing: Array(text.utf8)) }
  }

  @Test
  func `JSON without end, or in no UTF-8, is refused`() {
    #expect(throws: MalformedJSON.self) {
      try JSON(parsing: [UInt8](repeating: UInt8(ascii: "["), count: 100_000))
    }
    #expect(throws: MalformedJSON.self) { try JSON(parsing: [0x22, 0xFF, 0x22]) }
    #expect(throws: MalformedJSON.self) { try JSON(parsing: [0x22, 0xC0, 0x80, 0x22]) }
  }

  @Test(
    arguments: [
      (0, "1970-01-01T00:00:00Z"), (1_795_268_704_123_456, "2026-11-21T13:45:04.123456Z"),
      (-1, "1969-12-31T23:59:59.999999Z"),
      (951_782_400_000_000, "2000-02-29T00:00:00Z"), (4_102_444_799_000_000, "2099-12-31T23:59:59Z"),
    ] as [(Int64, String)])
  func `moments are RFC 3339 in UTC`(_ moment: Int64, _ text: String) {
    #expect(Timestamp.text(moment) == text)
    #expect(Timestamp.microseconds(text) == moment)
  }

  @Test
  func `moments are read with any offset, and without one not at all`() {
    #expect(Timestamp.microseconds("2026-11-21T10:45:04.5-03:00") == 1_795_268_704_500_000)
    for text in ["2026-11-21T10:45:04", "2026-11-21", "", "2026-13-01T00:00:00Z", "agora"] {
      #expect(Timestamp.microseconds(text) == nil)
    }
  }

  @Test
  func `queries are decoded strictly`() throws {
    #expect(try Query.parse("a=b&c=d%20e+f&g=&h") == ["a": "b", "c": "d e f", "g": "", "h": ""])
    #expect(try Query.parse("a%3D=%C3%A9&x=1%3D2=3") == ["a=": "é", "x": "1=2=3"])
    for text in ["a=%", "a=%4", "a=%GG", "a=%FF", "a=1&a=2"] {
      #expect(throws: Problem.self) { try Query.parse(text) }
    }
  }

  @Test(arguments: [
    ("10.0.0.0/8", "10.255.1.2", true), ("10.0.0.0/8", "11.0.0.1", false), ("127.0.0.1", "127.0.0.1", true),
    ("::1", "::1", true), ("fd00::/8", "fd12::1", true), ("127.0.0.1", "::ffff:127.0.0.1", true),
    ("0.0.0.0/0", "8.8.8.8", true),
    ("10.0.0.0/8", "x", false),
  ])
  func `networks have their addresses`(_ network: String, _ address: String, _ isIn: Bool) throws {
    #expect(try #require(Network(network)).contains(address) == isIn)
  }

  @Test
  func `only trusted proxies are believed`() throws {
    let trusted = try [#require(Network("10.0.0.0/8"))]
    func origin(_ peer: String, _ forwarded: String) -> Origin {
      Origin(
        [.forwardedFor: forwarded, .forwardedProto: "https"], peer: peer, trusted: trusted, isSecure: false)
    }
    #expect(origin("8.8.8.8", "1.2.3.4") == Origin([:], peer: "8.8.8.8", trusted: [], isSecure: false))
    #expect(origin("10.0.0.1", "1.2.3.4").address == "1.2.3.4" && origin("10.0.0.1", "1.2.3.4").isSecure)
    #expect(origin("10.0.0.1", "6.6.6.6, 1.2.3.4, 10.0.0.2").address == "1.2.3.4")
    for text in ["10.0.0.0/33", "10.0.0", "x/8", ""] { #expect(Network(text) == nil) }
  }

  // MARK: Forms

  private func form(_ parts: [String], end: String = "--b--\r\n") -> [UInt8] {
    Array((parts.map { "--b\r\n\($0)\r\n" }.joined() + end).utf8)
  }

  @Test(arguments: [1, 2, 3, 7, 64, 10_000])
  func `forms are taken apart however their bytes come`(_ size: Int) throws {
    let body = form([
      "Content-Disposition: form-data; name=\"file\"; filename=\"a b.xml\"\r\nContent-Type: text/xml\r\n\r\n<a>\r\n--xb\r\n</a>",
      "Content-Disposition: form-data; name=\"note\"\r\n\r\nolá",
      "Content-Disposition: form-data; name=\"file\"; filename=\"vazio\"\r\n\r\n",
    ])
    var parser = try #require(Multipart(type: "multipart/form-data; boundary=\"b\""))
    var (files, current): ([(String?, [UInt8])], [UInt8]) = ([], [])
    var name: String?
    for start in stride(from: 0, to: body.count, by: size) {
      for event in try parser.take(body[start..<min(start + size, body.count)]) {
        switch event {
        case .part(let file): (name, current) = (file, [])
        case .bytes(let bytes): current += bytes
        case .end: files.append((name, current))
        }
      }
    }
    try parser.end()
    #expect(files.map(\.0) == ["a b.xml", nil, "vazio"])
    #expect(files.map { String(decoding: $0.1, as: UTF8.self) } == ["<a>\r\n--xb\r\n</a>", "olá", ""])
  }

  @Test(arguments: [
    "", "--b", "--b\r\n", "--b--", "x--b\r\n", "--c\r\nContent-Disposition: form-data\r\n\r\nx\r\n--c--",
    "--b\r\nContent-Type: x\r\n\r\nx\r\n--b--",
    "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\nx",
  ])
  func `forms that end too early, or are none, are refused`(_ text: String) throws {
    var parser = try #require(Multipart(type: "multipart/form-data; boundary=b"))
    let isComplete = text == "--b--"
    do {
      _ = try parser.take(Array(text.utf8))
      try parser.end()
      #expect(isComplete)
    } catch { #expect(!isComplete) }
    #expect(Multipart(type: "text/plain") == nil && Multipart(type: "multipart/form-data") == nil)
  }
}
