/// What kind of file a table is, and how it is written.
public enum TableFormat: Sendable, Equatable, Codable {
  /// Delimited text: CSV, TSV.
  case delimited(Dialect)
  /// A sheet of an XLSX workbook.
  case spreadsheet(sheet: String)

  /// How it is written, if it is delimited text.
  public var dialect: Dialect? { if case .delimited(let dialect) = self { dialect } else { nil } }

  /// Finds out what a file is, by its beginning and not by its name; blocks the thread.
  /// - Throws: ``FileFault``; ``SpreadsheetReadFault``.
  public static func detect(path: String) throws -> TableFormat {
    let start = try ByteReader(path: path).read(8)
    if start.starts(with: [0x50, 0x4B, 0x03, 0x04]) {
      return .spreadsheet(sheet: try SpreadsheetReader.sheets(path: path)[0])
    }
    // What spreadsheets were written as before 2007, and are today when they have a password.
    if start.starts(with: [0xD0, 0xCF, 0x11, 0xE0]) { throw SpreadsheetReadFault.oldFormat }
    return .delimited(try DelimitedReader(path: path).dialect)
  }

  /// Opens a table of this format.
  /// - Throws: ``FileFault``; ``SpreadsheetReadFault``.
  public func open(path: String) throws -> any RecordReader {
    switch self {
    case .delimited(let dialect): try DelimitedReader(path: path, dialect: dialect)
    case .spreadsheet(let sheet): try SpreadsheetReader(path: path, sheet: sheet)
    }
  }
}
