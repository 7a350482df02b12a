/// The beginning of a table, and what it seems to be: for people to look at before it is imported.
public struct TablePreview: Sendable {
  /// What kind of file it is, and how it is written.
  public let format: TableFormat
  /// The encoding of a delimited file.
  public let encoding: String?
  /// The titles, if the first record has some; otherwise none.
  public let header: [String]
  /// Which column seems to mean what.
  public let mapping: ColumnMapping
  /// The first records behind the header.
  public let records: [[String]]
  /// The number of columns.
  public let width: Int

  /// How a delimited file is written; nil for spreadsheets.
  public var dialect: Dialect? { format.dialect }

  /// Looks at the beginning of a file; blocks the thread.
  /// - Throws: ``FileFault``; ``DelimitedFault`` within the first records; ``SpreadsheetReadFault``.
  public static func read(path: String, format: TableFormat? = nil, count: Int = 20) throws -> TablePreview {
    let format = try format ?? .detect(path: path)
    let reader = try format.open(path: path)
    let found = try reader.next(count + 1)?.prefix(count + 1).filter { !$0.isBlank }.map(\.texts) ?? []
    return TablePreview(format: format, encoding: (reader as? DelimitedReader)?.encoding, records: found)
  }

  init(format: TableFormat, encoding: String?, records: [[String]]) {
    (self.format, self.encoding) = (format, encoding)
    let hasHeader = records.first.map(ColumnMapping.isHeader) ?? false
    header = hasHeader ? records[0] : []
    mapping = .detect(header: header)
    self.records = Array(records.dropFirst(hasHeader ? 1 : 0))
    width = records.map(\.count).max() ?? 0
  }
}
