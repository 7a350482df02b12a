/// Some records of a table, flat: the bytes of all cells in a row, and where each ends. Nothing is allocated for a cell
/// that nobody reads.
public struct RecordBatch: Sendable {
  /// The cells' text, unquoted, one after the other.
  var bytes: [UInt8] = []
  /// Where each cell ends in `bytes`.
  var cellEnds: [Int] = []
  /// How many cells there are up to the end of each record.
  var recordEnds: [Int] = []
  /// The line on which each record begins; the first is 1.
  var lines: [Int] = []

  /// Creates an empty batch.
  public init() {}

  /// The number of records.
  public var count: Int { recordEnds.count }
  /// Whether there is no record.
  public var isEmpty: Bool { recordEnds.isEmpty }

  /// A record by its position.
  public subscript(index: Int) -> Record {
    let first = index == 0 ? 0 : recordEnds[index - 1]
    return Record(batch: self, line: lines[index], cells: first..<recordEnds[index])
  }

  mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    cellEnds.removeAll(keepingCapacity: true)
    recordEnds.removeAll(keepingCapacity: true)
    lines.removeAll(keepingCapacity: true)
  }
}

extension RecordBatch: RandomAccessCollection {
  /// The position of the first record.
  public var startIndex: Int { 0 }
  /// The position behind the last record.
  public var endIndex: Int { count }
}

/// One record of a table: a view into its batch.
public struct Record: Sendable {
  fileprivate let batch: RecordBatch
  /// The line on which the record begins; the first is 1.
  public let line: Int
  fileprivate let cells: Range<Int>

  /// The number of cells.
  public var count: Int { cells.count }

  /// A cell's bytes; none where the record is shorter.
  public func bytes(_ column: Int) -> ArraySlice<UInt8> {
    guard column >= 0, column < cells.count else { return [] }
    let index = cells.lowerBound + column
    return batch.bytes[(index == 0 ? 0 : batch.cellEnds[index - 1])..<batch.cellEnds[index]]
  }

  /// A cell's text without the blanks around it; empty where the record is shorter.
  ///
  /// A cell that is no UTF-8 is read as windows-1252: files that were put together from others mix both.
  public func text(_ column: Int) -> String { Text.decode(Text.trimmed(bytes(column))) }

  /// All cells' texts.
  public var texts: [String] { (0..<count).map(text) }

  /// Whether no cell has any text.
  public var isBlank: Bool { (0..<count).allSatisfy { Text.trimmed(bytes($0)).isEmpty } }
}
