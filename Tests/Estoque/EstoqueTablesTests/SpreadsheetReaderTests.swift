import CZip
import EstoqueArchive
import Foundation
import Testing

@testable import EstoqueTables

@Suite(.timeLimit(.minutes(10)))
struct SpreadsheetReaderTests {
  private typealias Parts = [String: String]

  /// Packs the parts of a workbook, and gives its path to `body`.
  @discardableResult
  private func withWorkbook<R>(_ parts: Parts, _ body: (String) throws -> R) throws -> R {
    let path = FileManager.default.temporaryDirectory.appending(path: "book-\(UUID()).xlsx").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    var code: Int32 = 0
    let handle = try #require(zip_open(path, Int32(ZIP_CREATE), &code))
    // libzip reads the sources when the archive is closed.
    let copies = parts.map { part in
      let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: max(1, part.value.utf8.count))
      _ = copy.initialize(from: part.value.utf8)
      let source = zip_source_buffer(handle, copy.baseAddress, UInt64(part.value.utf8.count), 0)
      zip_file_add(handle, part.key, source, zip_flags_t(ZIP_FL_ENC_UTF_8))
      return copy
    }
    defer { for copy in copies { copy.deallocate() } }
    #expect(zip_close(handle) == 0)
    return try body(path)
  }

  /// The parts as openpyxl writes them: absolute targets, texts inline or shared, styles.
  private func parts(sheet: String, more: Parts = [:]) -> Parts {
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    let main = "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\""
    let package = "xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\""
    func relation(_ id: String, _ type: String, _ target: String) -> String {
      "<Relationship Id=\"\(id)\" Type=\"\(office)/\(type)\" Target=\"\(target)\"/>"
    }
    let relations =
      relation("rId1", "worksheet", "/xl/worksheets/sheet1.xml")
      + relation("rId2", "worksheet", "worksheets/sheet2.xml") + relation("rId3", "styles", "styles.xml")
      + relation("rId4", "sharedStrings", "sharedStrings.xml")
    var parts: Parts = [:]
    parts["_rels/.rels"] =
      "<?xml version=\"1.0\"?><Relationships \(package)>\(relation("rId1", "officeDocument", "xl/workbook.xml"))</Relationships>"
    parts["xl/_rels/workbook.xml.rels"] = "<Relationships \(package)>\(relations)</Relationships>"
    parts["xl/workbook.xml"] = """
      <workbook \(main) xmlns:r="\(office)"><workbookPr/><sheets><sheet name="Produtos" sheetId="1" r:id="rId1"/>
      <sheet name="Outra" sheetId="2" r:id="rId2"/></sheets></workbook>
      """
    parts["xl/styles.xml"] = """
      <styleSheet \(main)><numFmts count="2"><numFmt numFmtId="164" formatCode="dd/mm/yyyy"/>
      <numFmt numFmtId="165" formatCode="[Red]0.00&quot; dias&quot;"/></numFmts>
      <cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>
      <cellXfs><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="22"/></cellXfs></styleSheet>
      """
    parts["xl/sharedStrings.xml"] = """
      <sst \(main)><si><t>Código</t></si><si><r><t>Ca</t></r><r><t xml:space="preserve">fé </t></r>
      <rPh sb="0" eb="1"><t>não</t></rPh></si></sst>
      """
    parts["xl/worksheets/sheet1.xml"] = "<worksheet \(main)><sheetData>\(sheet)</sheetData></worksheet>"
    parts["xl/worksheets/sheet2.xml"] =
      "<worksheet \(main)><sheetData><row><c><v>7</v></c></row></sheetData></worksheet>"
    return parts.merging(more) { $1 }
  }

  private func rows(
    _ path: String, sheet: String? = nil, limits: SpreadsheetLimits = SpreadsheetLimits()
  ) throws -> [[String]] {
    let reader = try SpreadsheetReader(path: path, sheet: sheet, limits: limits)
    var rows: [[String]] = []
    while let batch = try reader.next(2) { rows += batch.map(\.texts) }
    return rows
  }

  @Test func allKindsOfCells() throws {
    let sheet = """
      <row r="1"><c r="A1" t="s"><v>0</v></c><c r="C1" t="s"><v>1</v></c></row>
      <row r="4"><c r="A4" t="inlineStr"><is><t>a &amp; b</t></is></c><c r="B4" s="1"><v>46234</v></c>
      <c r="C4" s="3"><v>46234.589479</v></c><c r="D4" t="b"><v>1</v></c><c r="E4" t="e"><v>#N/A</v></c>
      <c r="F4" t="str"><f>A1&amp;"x"</f><v>x</v></c><c r="G4" s="2"><v>3.5</v></c></row>
      <row r="5"><c r="A5"><v>0.30000000000000004</v></c><c r="B5"><v>1.5E-3</v></c><c r="C5"><v>12345678901234</v></c>
      <c r="D5"><v>-1E+2</v></c><c r="E5" t="s"><v>99</v></c><c r="F5" s="1"><v>1</v></c><c r="G5" s="1"><v>61</v></c></row>
      """
    try withWorkbook(parts(sheet: sheet)) { path in
      let found = try rows(path)
      #expect(
        found == [
          ["Código", "", "Café"], ["a & b", "2026-07-31", "2026-07-31 14:08:51", "true", "", "x", "3.5"],
          ["0.3", "0.0015", "12345678901234", "-100", "", "1900-01-01", "1900-03-01"],
        ])
      let reader = try SpreadsheetReader(path: path)
      #expect(try reader.next(100)?.map(\.line) == [1, 4, 5])
      #expect(reader.sheet == "Produtos")
      #expect(try rows(path, sheet: "Outra") == [["7"]])
      #expect(try SpreadsheetReader.sheets(path: path) == ["Produtos", "Outra"])
      #expect(throws: SpreadsheetReadFault.unknownSheet("Nada", sheets: ["Produtos", "Outra"])) {
        try rows(path, sheet: "Nada")
      }
    }
  }

  @Test func daysFrom1904() throws {
    let book =
      "<workbook xmlns:r='r'><workbookPr date1904='1'/><sheets><sheet name='a' r:id='rId1'/></sheets></workbook>"
    let sheet = "<row><c s='1'><v>0</v></c><c s='1'><v>44772</v></c></row>"
    try withWorkbook(parts(sheet: sheet, more: ["xl/workbook.xml": book])) { path in
      let days = try rows(path)
      #expect(days == [["1904-01-01", "2026-07-31"]])
    }
  }

  @Test func whatIsWrittenIsReadAgain() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "book-\(UUID()).xlsx").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let writer = try SpreadsheetWriter(
      path: path, sheet: "Estoque", titles: ["Código", "Descrição", "Saldo", "Data"])
    for line in 0..<3_000 {
      try writer.append([
        .text("P\(line)"), line % 7 == 0 ? .empty : .text("=açúcar & \"mel\""),
        .number(Double(line) / 8, decimals: 3), .date(serial: 46_000 + Double(line) / 24),
      ])
    }
    try writer.close()
    let preview = try TablePreview.read(path: path)
    #expect(preview.format == .spreadsheet(sheet: "Estoque") && preview.dialect == nil && preview.width == 4)
    #expect(preview.mapping == ColumnMapping([.code: 0, .name: 1, .quantity: 2, .date: 3]))
    let all = try rows(path)
    #expect(all.count == 3_001)
    #expect(all[3_000] == ["P2999", "=açúcar & \"mel\"", "374.875", "2026-04-12 23:00:00"])
    #expect(all[8] == ["P7", "", "0.875", "2025-12-09 07:00:00"])
  }

  @Test func limitsAreKept() throws {
    let long = String(repeating: "x", count: 200)
    let sheet = "<row r='1'><c><v>1</v></c></row><row r='2'><c t='str'><v>\(long)</v></c></row>"
    try withWorkbook(parts(sheet: sheet)) { path in
      let reader = try SpreadsheetReader(path: path, limits: SpreadsheetLimits(cell: 100))
      // What was before the fault comes before it.
      #expect(try reader.next(10)?.map(\.texts) == [["1"]])
      #expect(throws: SpreadsheetReadFault.longCell(row: 2, limit: 100)) { try reader.next(10) }
      #expect(throws: SpreadsheetReadFault.manyTexts(limit: 4)) {
        try rows(path, limits: SpreadsheetLimits(texts: 4))
      }
      #expect(throws: SpreadsheetReadFault.self) {
        try rows(path, limits: SpreadsheetLimits(archive: ArchiveLimits(file: 100)))
      }
    }
    try withWorkbook(parts(sheet: "<row r='1'><c r='ZZZ1'><v>1</v></c></row>")) { path in
      #expect(throws: SpreadsheetReadFault.manyCells(row: 1, limit: 4_096)) { try rows(path) }
    }
  }

  @Test(arguments: [
    "<row><c><v>1</v></row>", "<row", "<row>&bomb;</row>", "<row a='1' a='2'></row>",
  ]) func damagedSheets(sheet: String) throws {
    try withWorkbook(parts(sheet: sheet)) { path in
      let fault = #expect(throws: SpreadsheetReadFault.self) { try rows(path) }
      guard case .malformed("xl/worksheets/sheet1.xml", _) = fault else {
        Issue.record("\(String(describing: fault))")
        return
      }
    }
  }

  /// Texts that would unfold into billions are refused with their document type.
  @Test func entitiesAreRefused() throws {
    let bomb = """
      <?xml version="1.0"?><!DOCTYPE sst [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
      <sst><si><t>&b;</t></si></sst>
      """
    try withWorkbook(parts(sheet: "<row/>", more: ["xl/sharedStrings.xml": bomb])) { path in
      let fault = #expect(throws: SpreadsheetReadFault.self) { try rows(path) }
      #expect("\(fault!)".contains("DTD"))
    }
  }

  @Test func filesThatAreNoWorkbooks() throws {
    try withWorkbook(["a.txt": "x"]) { path in
      #expect(throws: SpreadsheetReadFault.notAWorkbook) { try TablePreview.read(path: path) }
    }
    let path = FileManager.default.temporaryDirectory.appending(path: "old-\(UUID()).xls").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Data([0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]).write(to: URL(filePath: path))
    #expect(throws: SpreadsheetReadFault.oldFormat) { try TablePreview.read(path: path) }
  }

  @Test(arguments: [
    ("General", false), ("0.00", false), ("dd/mm/yyyy", true), ("[$-416]d \"de\" mmmm", true),
    ("[h]:mm", true), ("#,##0\\ \"d\"", false), ("h:mm AM/PM", true), ("0;-0;yyyy", false), ("@", false),
  ]) func formatsOfDates(format: String, isDate: Bool) {
    #expect(CellStyles.isDate(format: format) == isDate)
  }

  /// Cut off anywhere, a workbook is a fault and never a crash.
  @Test func truncated() throws {
    try withWorkbook(parts(sheet: "<row><c><v>1</v></c></row>")) { path in
      let bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
      for end in stride(from: 8, to: bytes.count - 1, by: 97) {
        let cut = path + ".cut"
        try Data(bytes[..<end]).write(to: URL(filePath: cut))
        defer { try? FileManager.default.removeItem(atPath: cut) }
        #expect(throws: (any Error).self) { try rows(cut) }
      }
    }
  }
}
