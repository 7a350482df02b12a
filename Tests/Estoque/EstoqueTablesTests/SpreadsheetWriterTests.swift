import EstoqueArchive
import Foundation
import Testing

@testable import EstoqueTables

@Suite(.timeLimit(.minutes(10)))
struct SpreadsheetWriterTests {
  /// The sheet's XML and its texts.
  private func written(_ body: (SpreadsheetWriter) throws -> Void) throws -> (sheet: String, all: String) {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("sheet-\(UUID()).xlsx").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let writer = try SpreadsheetWriter(
      path: path, sheet: "Estoque", titles: ["Código", "Saldo"], widths: [20, 12])
    try body(writer)
    try writer.close()
    try writer.close()
    let archive = try ZipArchive(path: path)
    let sheet = try #require(archive.file(named: "xl/worksheets/sheet1.xml"))
    let all = try archive.files.map { String(decoding: try archive.read($0), as: UTF8.self) }.joined()
    return (String(decoding: try archive.read(sheet), as: UTF8.self), all)
  }

  @Test func cellsKeepTheirKind() throws {
    let (sheet, all) = try written {
      try $0.append([.text("=1+1"), .number(1234.5, decimals: 2), .empty, .date(serial: 46_000.5)])
      try $0.append([.text("ação & <b>")])
    }
    #expect(sheet.contains("=1+1") && !sheet.contains("<f>"))
    #expect(sheet.contains("<v>1234.5</v>") && sheet.contains("<v>46000.5</v>"))
    #expect(sheet.contains("ação &amp; &lt;b&gt;"))
    #expect(all.contains("Código") && all.contains("#,##0.00") && all.contains("dd/mm/yyyy"))
  }

  @Test func whatWasNotClosedLeavesNothing() throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("sheet-\(UUID()).xlsx").path
    func descriptors() throws -> Int {
      try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
    }
    let before = try descriptors()
    for _ in 0..<200 {
      let writer = try SpreadsheetWriter(path: path, sheet: "x", titles: ["a"], rowsPerSheet: 3)
      for number in 0..<5 { try writer.append([.number(Double(number))]) }
    }
    // Other tests open and close files at the same time.
    #expect(try descriptors() < before + 100 && !FileManager.default.fileExists(atPath: path))
  }

  @Test func textBeyondACellIsCut() throws {
    let (sheet, _) = try written { try $0.append([.text(String(repeating: "é", count: 40_000))]) }
    #expect(sheet.contains(String(repeating: "é", count: 16_383)))
  }

  @Test func aFileThatCannotBeWrittenIsTold() throws {
    let writer = try SpreadsheetWriter(path: "/nowhere/at/all.xlsx", sheet: "x", titles: [])
    let fault = #expect(throws: SpreadsheetFault.self) { try writer.close() }
    #expect(fault?.path == "/nowhere/at/all.xlsx")
  }
}
