/// The beginning of a table, and what it seems to be: for people to look at before it is imported.
public struct TablePreview: Sendable {
  /// How the file is written; nil for spreadsheets.
  public let dialect: Dialect?
  /// The titles, if the first record has some; otherwise none.
  public let header: [String]
  /// Which column seems to mean what.
  public let mapping: ColumnMapping
  /// The first records behind the header.
  public let records: [[String]]

  /// Looks at the beginning of a delimited file; blocks the thread.
  /// - Throws: ``FileFault``; ``DelimitedFault`` within the first records.
  public static func read(path: String, dialect: Dialect? = nil, count: Int = 20) throws -> TablePreview {
    let reader = try DelimitedReader(path: path, dialect: dialect)
    let found = reader.dialect
    let records = try reader.next(count + 1)?.prefix(count + 1).filter { !$0.isBlank }.map(\.texts) ?? []
    return TablePreview(dialect: found, records: records)
  }

  init(dialect: Dialect?, records: [[String]]) {
    self.dialect = dialect
    let hasHeader = records.first.map(ColumnMapping.isHeader) ?? false
    header = hasHeader ? records[0] : []
    mapping = .detect(header: header)
    self.records = Array(records.dropFirst(hasHeader ? 1 : 0))
  }
}
