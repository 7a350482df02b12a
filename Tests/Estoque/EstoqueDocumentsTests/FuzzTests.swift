import EstoqueDocuments
import EstoqueDomain
import EstoqueSamples
import EstoqueTestSupport
import Testing

/// Whatever the bytes are: an answer, no crash, and no number out of thin air.
@Suite("Broken documents", .timeLimit(.minutes(10))) struct FuzzTests {
  /// Real documents where there are some, and generated ones.
  private static func corpus() throws -> [[UInt8]] {
    var trade = SampleTrade(seed: 7)
    let generated = try (1...8).map { try trade.invoice($0).bytes() }
    return try generated + TestData.documents("samples").map { try $0.bytes() }
  }

  @Test func `a document cut off at any byte is refused`() throws {
    var trade = SampleTrade(seed: 1)
    let bytes = try trade.invoice(1, items: 1).bytes()
    let parser = DocumentParser()
    for length in bytes.indices {
      #expect(throws: Refusal.self, "\(length) bytes") { try parser.parse(Array(bytes[..<length])) }
    }
  }

  @Test func `random changes are answered`() throws {
    var random = Seeded(state: 2026)
    let judge = Judge(companies: [SampleCompany.own.cnpj])
    let checking = DocumentParser(checks: DocumentChecks(signatures: SignatureCheck(isRequired: false)))
    var answers: [Outcome: Int] = [:]
    let corpus = try Self.corpus()
    for round in 0..<6_000 {
      var bytes = corpus[round % corpus.count]
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        guard !bytes.isEmpty else { break }
        let position = Int.random(in: bytes.indices, using: &random)
        switch Int.random(in: 0..<6, using: &random) {
        case 0: bytes[position] = UInt8.random(in: .min ... .max, using: &random)
        case 1: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 2: bytes.remove(at: position)
        case 3: bytes.insert(contentsOf: Self.snippets.randomElement(using: &random) ?? [], at: position)
        case 4:
          let other = corpus.randomElement(using: &random) ?? []
          let start = Int.random(in: other.indices, using: &random)
          bytes.insert(contentsOf: other[start..<min(start + 200, other.count)], at: position)
        default:
          let end = min(bytes.count, position + Int.random(in: 1...400, using: &random))
          bytes.append(contentsOf: bytes[position..<end])
        }
      }
      let judgement = judge.judge(bytes, named: "x")
      // A tree beside changes nothing about what is read.
      if round.isMultiple(of: 4) { #expect(Self.contents(bytes, checking) == Self.contents(bytes)) }
      answers[judgement.outcome, default: 0] += 1
      for document in judgement.documents { #expect(!document.explanation.isEmpty) }
    }
    // A change inside a text or a signature leaves the document alone; most others break it.
    #expect(answers[.refused, default: 0] > 1_000)
    #expect(answers.values.reduce(0, +) == 6_000)
  }

  private static func contents(_ bytes: [UInt8], _ parser: DocumentParser = DocumentParser())
    -> [ParsedDocument.Content]?
  {
    try? parser.parse(bytes).documents.map(\.content)
  }

  @Test func `exactly what is no UTF-8 is refused as such`() throws {
    var random = Seeded(state: 11)
    let parser = DocumentParser()
    let edges: [UInt8] = [
      0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED,
      0xEE,
      0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF,
    ]
    for _ in 0..<20_000 {
      let odd = (0..<Int.random(in: 1...5, using: &random)).map { _ in
        edges.randomElement(using: &random) ?? 0
      }
      let padding = Array("<?xml version='1.0' encoding='UTF-8'?><NFe>".utf8)
      let file = padding + Array(repeating: 0x41, count: Int.random(in: 0...9, using: &random)) + odd
      let refusal = #expect(throws: Refusal.self) { try parser.parse(file) }
      #expect((refusal?.reason == .notUTF8) == (String(validating: file, as: UTF8.self) == nil), "\(odd)")
    }
  }

  @Test func `random bytes are refused`() throws {
    var random = Seeded(state: 5)
    let parser = DocumentParser()
    for _ in 0..<2_000 {
      let bytes = (0..<Int.random(in: 0...300, using: &random)).map { _ in
        UInt8.random(in: .min ... .max, using: &random)
      }
      #expect(throws: Refusal.self) { try parser.parse(bytes) }
    }
  }

  private static let snippets = [
    "<", ">", "&", "&amp;", "&#0;", "&#x10FFFF;", "<!--", "-->", "<![CDATA[", "]]>", "<?xml?>", "<a:b/>",
    "</NFe>", "<NFe>",
    "<det nItem='1'>", "\0", "\u{FEFF}", "<!DOCTYPE x>", "<infNFe Id='NFe'>", "-1", "1e9", "é", "xmlns=''",
  ].map { Array($0.utf8) }
}

/// SplitMix64, so that a failure happens again.
struct Seeded: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
