/// How a delimited text file is written.
public struct Dialect: Sendable, Equatable, Codable {
  /// What stands between two cells.
  public enum Delimiter: UInt8, Sendable, CaseIterable, Codable {
    /// The comma of CSV.
    case comma = 0x2C
    /// The semicolon that spreadsheets write where the comma is for decimals, as in Brazil.
    case semicolon = 0x3B
    /// The tab of TSV.
    case tab = 0x09
    /// The vertical bar.
    case bar = 0x7C
  }
  /// What stands between two cells.
  public var delimiter: Delimiter
  /// Whether a quotation mark at the beginning of a cell quotes it. TSV files of databases have none.
  public var hasQuotes: Bool

  /// Creates a dialect.
  public init(_ delimiter: Delimiter, hasQuotes: Bool = true) {
    self.delimiter = delimiter
    self.hasQuotes = hasQuotes
  }

  /// Finds out how a text is written, from its beginning.
  ///
  /// The delimiter is the one by which most records have the same number of cells, and more than one. Quotation marks count unless they make
  /// the sample fall apart (an open quotation that swallows the rest).
  public static func detect(_ sample: ArraySlice<UInt8>) -> Dialect {
    var best = (score: 0.0, dialect: Dialect(.comma))
    for delimiter in Delimiter.allCases {
      for hasQuotes in [true, false] {
        let dialect = Dialect(delimiter, hasQuotes: hasQuotes)
        let score = dialect.score(sample) * (hasQuotes ? 1 : 0.9)
        if score > best.score { best = (score, dialect) }
      }
    }
    return best.dialect
  }

  /// The share of records that have the most frequent number of cells; 0 if that is one, or the text cannot be read so.
  private func score(_ sample: ArraySlice<UInt8>) -> Double {
    var parser = DelimitedParser(self, limits: DelimitedLimits(cell: 1 << 16, cells: 1 << 12))
    var counts: [Int: Int] = [:]
    // What comes before a fault is a sample too.
    try? parser.parse(sample)
    for record in parser.takeBatch().prefix(200) where !record.isBlank {
      counts[record.count, default: 0] += 1
    }
    let total = counts.values.reduce(0, +)
    guard let (cells, frequency) = counts.max(by: { ($0.value, $0.key) < ($1.value, $1.key) }), cells > 1
    else {
      return 0
    }
    // What an open quotation swallows is in no complete record. Of two that fit equally well, the one that finds more cells.
    return parser.completeness * Double(frequency) / Double(total) + Double(min(cells, 1_000)) / 100_000
  }
}
