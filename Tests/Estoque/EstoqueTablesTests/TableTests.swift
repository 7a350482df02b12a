import EstoqueTestSupport
import Foundation
import Testing

@testable import EstoqueTables

@Suite(.timeLimit(.minutes(10)))
struct TableTests {
  private func withFile<R>(_ bytes: [UInt8], _ body: (String) throws -> R) throws -> R {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("tables-\(UUID()).csv")
    defer { try? FileManager.default.removeItem(at: url) }
    try Data(bytes).write(to: url)
    return try body(url.path)
  }

  @Test(arguments: [
    ("codigo;nome;qtd\n1;Parafuso, aço;1,5\n2;Porca;3\n", Dialect.Delimiter.semicolon),
    ("code,name\n1,\"a;b;c\"\n2,\"d;e;f\"\n", .comma),
    ("nome\tncm\tpai\ncafé, chá\t09\tsecao2\n", .tab),
    ("a|b\n1|2\n", .bar),
  ])
  func dialectsAreDetected(text: String, delimiter: Dialect.Delimiter) {
    #expect(Dialect.detect(Array(text.utf8)[...]).delimiter == delimiter)
  }

  @Test func quotationMarksThatMeanNothingAreSeen() {
    let text = "nome\tmedida\n\"meia\t1\n" + String(repeating: "tubo\t5\n", count: 20)
    #expect(Dialect.detect(Array(text.utf8)[...]) == Dialect(.tab, hasQuotes: false))
  }

  @Test func aPreviewHasHeaderMappingAndRecords() throws {
    let text =
      "\u{FEFF}Código do Produto;Descrição;Unid.;EAN;Estoque Mínimo;Preço\n7;Café;UN;SEM GTIN;10;1.234,50\n"
    let preview = try withFile(Array(text.utf8)) { try TablePreview.read(path: $0) }
    #expect(preview.dialect == Dialect(.semicolon))
    #expect(
      preview.header.count == 6 && preview.records == [["7", "Café", "UN", "SEM GTIN", "10", "1.234,50"]])
    #expect(preview.mapping == ColumnMapping([.code: 0, .name: 1, .gtin: 3, .minimumStock: 4, .unitCost: 5]))
  }

  @Test func aTableWithoutHeaderIsOne() throws {
    let preview = try withFile(Array("1;Parafuso\n2;Porca\n".utf8)) { try TablePreview.read(path: $0) }
    #expect(preview.header.isEmpty && preview.records.count == 2 && preview.mapping == ColumnMapping())
  }

  @Test(arguments: [false, true]) func utf16IsRead(isBigEndian: Bool) throws {
    let text = "código\tnome\n1\tchá 🍵\n"
    var bytes: [UInt8] = isBigEndian ? [0xFE, 0xFF] : [0xFF, 0xFE]
    for unit in text.utf16 {
      bytes += isBigEndian ? [UInt8(unit >> 8), UInt8(unit & 0xFF)] : [UInt8(unit & 0xFF), UInt8(unit >> 8)]
    }
    let preview = try withFile(bytes) { try TablePreview.read(path: $0) }
    #expect(preview.header == ["código", "nome"] && preview.records == [["1", "chá 🍵"]])
  }

  @Test func anEmptyFileAndAMissingOne() throws {
    let preview = try withFile([]) { try TablePreview.read(path: $0) }
    #expect(preview.header.isEmpty && preview.records.isEmpty)
    let fault = #expect(throws: FileFault.self) { _ = try DelimitedReader(path: "/nowhere/at.csv") }
    #expect("\(fault!)".contains("/nowhere/at.csv"))
  }

  @Test func whatIsWrittenIsReadAgain() throws {
    var writer = DelimitedWriter()
    let records = [["a;b", "say \"hi\"", "two\nlines", "ç"], ["", "-1,5", "+55", "x"]]
    for record in records { writer.append(record: record) }
    let bytes = writer.take()
    #expect(writer.count == 0)
    let read = try DelimitedParserTests.records(Array(bytes.dropFirst(3)), Dialect(.semicolon))
    #expect(read == records)
  }

  @Test(arguments: ["=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3", "\t=1", "-"])
  func formulasAreDisarmed(cell: String) {
    var writer = DelimitedWriter(mark: false)
    writer.append(cell)
    #expect(String(decoding: writer.take(), as: UTF8.self).contains("'" + cell.prefix(1)))
  }

  /// The real sales of a shop: 220,000 lines.
  @Test func realSalesAreRead() throws {
    guard let path = TestData.path("csv/uci_online_retail_by-day_concat.csv") else {
      print("skipped: \(TestData.absent)")
      return
    }
    let preview = try TablePreview.read(path: path)
    #expect(preview.dialect == Dialect(.comma))
    #expect(
      preview.mapping
        == ColumnMapping([
          .reference: 0, .code: 1, .name: 2, .quantity: 3, .date: 4, .unitCost: 5, .dealer: 7,
        ]))
    let reader = try DelimitedReader(path: path)
    var (records, cells) = (0, 0)
    while let batch = try reader.next() {
      records += batch.count
      for record in batch { cells += record.count }
    }
    #expect(records > 219_000 && cells == records * 8)
  }
}
