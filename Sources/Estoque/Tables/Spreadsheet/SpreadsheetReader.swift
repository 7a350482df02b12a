import EstoqueArchive

/// Reads a sheet of an XLSX workbook row by row, in memory for its different texts and a few rows.
///
/// Numbers come with the 15 digits that spreadsheets have, with a point; what is formatted as a date as `2026-07-31` or `2026-07-31 14:08:51`; truth
/// values as `true` and `false`; of formulas the value that was computed last; errors as nothing. Blocks its thread.
///
/// After ECMA-376, part 1, §18.
public final class SpreadsheetReader: RecordReader {
  /// The sheet's name.
  public let sheet: String
  private let part: String
  private let entry: ZipEntry
  private let rows: SheetRows
  private let scanner: XMLScanner
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
  private var hasEnded = false
  /// What stopped the reader behind the rows that are still to come.
  private var fault: SpreadsheetReadFault?

  /// Opens a workbook.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - sheet: the sheet's name; nil for the first.
  ///   - limits: what it must not exceed.
  /// - Throws: ``SpreadsheetReadFault``.
  public init(path: String, sheet: String? = nil, limits: SpreadsheetLimits = SpreadsheetLimits()) throws {
    let workbook = try Workbook(path: path, limits)
    guard let found = workbook.sheets.first(where: { sheet == nil || $0.name == sheet }) else {
      throw SpreadsheetReadFault.unknownSheet(sheet ?? "", sheets: workbook.sheets.map(\.name))
    }
    self.sheet = found.name
    part = found.part
    rows = SheetRows(
      texts: try workbook.texts(), styles: try workbook.styles(), usesEpoch1904: workbook.usesEpoch1904,
      limits)
    scanner = XMLScanner(rows)
    entry = try workbook.open(part)
  }
  deinit { buffer.deallocate() }

  /// The names of a workbook's sheets, in their order; at least one.
  /// - Throws: ``SpreadsheetReadFault``.
  public static func sheets(path: String) throws -> [String] {
    try Workbook(path: path, SpreadsheetLimits()).sheets.map(\.name)
  }

  /// The next rows, about `count` of them; nil at the end. Rows that the file leaves out are left out; each record's line is its row's number.
  /// - Throws: ``SpreadsheetReadFault``; the rows before the fault have come before it.
  public func next(_ count: Int = 1_000) throws -> RecordBatch? {
    while rows.batch.count < count, !hasEnded { readOn() }
    if rows.batch.isEmpty {
      if let fault { throw fault }
      return nil
    }
    defer { rows.batch = RecordBatch() }
    return rows.batch
  }

  private func readOn() {
    do throws(ArchiveFault) {
      let length = try entry.read(into: buffer)
      hasEnded = length == 0
      let wrong = scanner.feed(UnsafeRawBufferPointer(rebasing: buffer[..<length]))
      fault = rows.fault ?? wrong.map { .malformed(part: part, reason: $0) }
    } catch { fault = .archive(error) }
    if fault != nil { hasEnded = true }
  }
}
