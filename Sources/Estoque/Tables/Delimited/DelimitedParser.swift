/// What a delimited file must not exceed.
public struct DelimitedLimits: Sendable, Equatable {
  /// Bytes of one cell.
  public var cell: Int
  /// Cells of one record.
  public var cells: Int

  /// Creates limits; by default a megabyte a cell and 4,096 cells.
  public init(cell: Int = 1 << 20, cells: Int = 4_096) {
    self.cell = cell
    self.cells = cells
  }
}

/// A delimited file that cannot be read on.
public struct DelimitedFault: Error, Sendable, Equatable, CustomStringConvertible {
  /// What is wrong.
  public enum Kind: Sendable, Equatable {
    /// A quotation that never ends.
    case openQuotation
    /// A cell longer than the limit.
    case longCell(limit: Int)
    /// A record of more cells than the limit.
    case manyCells(limit: Int)
    /// A zero byte: no text file, or UTF-16.
    case zeroByte
  }
  /// What is wrong.
  public let kind: Kind
  /// The line on which the record begins; the first is 1.
  public let line: Int

  /// A sentence for people.
  public var description: String {
    switch kind {
    case .openQuotation: "linha \(line): aspas abertas que não se fecham até o fim do arquivo"
    case .longCell(let limit): "linha \(line): célula com mais de \(limit) bytes"
    case .manyCells(let limit): "linha \(line): mais de \(limit) colunas"
    case .zeroByte: "linha \(line): não é um arquivo de texto (ou está em UTF-16; salve-o como UTF-8)"
    }
  }
}

/// Reads delimited text piece by piece: RFC 4180, and what spreadsheets and databases write besides (any line end, quotation marks
/// within an unquoted cell, blanks behind a quotation).
struct DelimitedParser {
  private enum State {
    /// Before the first byte of a cell.
    case cellStart
    /// In a cell without quotation marks.
    case plain
    /// In a quotation.
    case quoted
    /// Behind a quotation mark within a quotation: its end, or the first half of a doubled one.
    case quoteInQuoted
  }

  private let delimiter: UInt8
  private let hasQuotes: Bool
  private let limits: DelimitedLimits
  private var state = State.cellStart
  private var batch = RecordBatch()
  /// The line we are on, and the one on which the record began.
  private var line = 1
  private var recordLine = 1
  private var cellStart = 0
  private var cellCount = 0
  /// The last byte was a carriage return, which ended a record: a line feed behind it belongs to it.
  private var skipsLineFeed = false

  init(_ dialect: Dialect, limits: DelimitedLimits = DelimitedLimits()) {
    delimiter = dialect.delimiter.rawValue
    hasQuotes = dialect.hasQuotes
    self.limits = limits
  }

  /// The number of complete records that have not been taken.
  var count: Int { batch.count }

  /// The share of the lines so far that belong to complete records.
  var completeness: Double { line > 1 ? Double(recordLine - 1) / Double(line - 1) : 1 }

  /// The complete records so far.
  mutating func takeBatch() -> RecordBatch {
    let partial = batch.bytes[(batch.recordEnds.isEmpty ? 0 : endOfRecords)...]
    let partialCells = batch.cellEnds[(batch.recordEnds.last ?? 0)...]
    let offset = endOfRecords
    var rest = RecordBatch()
    rest.bytes = Array(partial)
    rest.cellEnds = partialCells.map { $0 - offset }
    var taken = RecordBatch()
    swap(&taken, &batch)
    batch = rest
    cellStart -= offset
    taken.bytes.removeLast(taken.bytes.count - offset)
    taken.cellEnds.removeLast(partialCells.count)
    return taken
  }

  /// Where the bytes of the complete records end.
  private var endOfRecords: Int {
    guard let last = batch.recordEnds.last, last > 0 else { return 0 }
    return batch.cellEnds[last - 1]
  }

  /// Takes in some bytes.
  mutating func parse(_ bytes: ArraySlice<UInt8>) throws(DelimitedFault) {
    if let fault = bytes.withUnsafeBufferPointer({ scan($0) }) { throw fault }
  }

  /// The end of the file.
  mutating func finish() throws(DelimitedFault) {
    switch state {
    case .quoted: throw DelimitedFault(kind: .openQuotation, line: recordLine)
    case .cellStart where cellCount == 0: return  // behind the last line end
    case .cellStart, .plain, .quoteInQuoted:
      if let fault = endCell() { throw fault }
      endRecord()
    }
  }

  private mutating func scan(_ buffer: UnsafeBufferPointer<UInt8>) -> DelimitedFault? {
    var index = 0
    while index < buffer.count {
      let byte = buffer[index]
      if skipsLineFeed {
        skipsLineFeed = false
        if byte == Ascii.lineFeed {
          index += 1
          continue
        }
      }
      switch state {
      case .quoted:
        // As many bytes at once as there are up to something that matters.
        let end = runEnd(buffer, from: index) { $0 == Ascii.quote || $0 == Ascii.lineFeed || $0 == 0 }
        batch.bytes.append(contentsOf: buffer[index..<end])
        index = end
        if batch.bytes.count - cellStart > limits.cell { return fault(.longCell(limit: limits.cell)) }
        if index == buffer.count { break }
        switch buffer[index] {
        case Ascii.quote: state = .quoteInQuoted
        case Ascii.lineFeed:
          line += 1
          batch.bytes.append(Ascii.lineFeed)
        default: return fault(.zeroByte)
        }
        index += 1
      case .quoteInQuoted:
        if byte == Ascii.quote {
          batch.bytes.append(byte)
          state = .quoted
          index += 1
        } else if byte == delimiter || byte == Ascii.lineFeed || byte == Ascii.carriageReturn {
          state = .plain
        } else {
          // Something behind the quotation: blanks are dropped, anything else is taken as it is.
          if byte != Ascii.blank { batch.bytes.append(byte) }
          index += 1
        }
      case .cellStart where hasQuotes && byte == Ascii.quote:
        state = .quoted
        index += 1
      case .cellStart, .plain:
        state = .plain
        let end = runEnd(buffer, from: index) {
          $0 == delimiter || $0 == Ascii.lineFeed || $0 == Ascii.carriageReturn || $0 == 0
        }
        batch.bytes.append(contentsOf: buffer[index..<end])
        index = end
        if batch.bytes.count - cellStart > limits.cell { return fault(.longCell(limit: limits.cell)) }
        if index == buffer.count { break }
        if buffer[index] == 0 { return fault(.zeroByte) }
        if let fault = endCell() { return fault }
        if buffer[index] != delimiter {
          skipsLineFeed = buffer[index] == Ascii.carriageReturn
          line += 1
          endRecord()
        }
        index += 1
      }
    }
    return nil
  }

  @inline(__always)
  private func runEnd(
    _ buffer: UnsafeBufferPointer<UInt8>, from start: Int, _ stops: (UInt8) -> Bool
  ) -> Int {
    var index = start
    while index < buffer.count, !stops(buffer[index]) { index += 1 }
    return index
  }

  private mutating func endCell() -> DelimitedFault? {
    batch.cellEnds.append(batch.bytes.count)
    cellStart = batch.bytes.count
    cellCount += 1
    state = .cellStart
    return cellCount > limits.cells ? fault(.manyCells(limit: limits.cells)) : nil
  }

  private mutating func endRecord() {
    batch.recordEnds.append(batch.cellEnds.count)
    batch.lines.append(recordLine)
    recordLine = line
    cellCount = 0
  }

  private func fault(_ kind: DelimitedFault.Kind) -> DelimitedFault {
    DelimitedFault(kind: kind, line: recordLine)
  }
}

enum Ascii {
  static let lineFeed = UInt8(ascii: "\n")
  static let carriageReturn = UInt8(ascii: "\r")
  static let quote = UInt8(ascii: "\"")
  static let blank = UInt8(ascii: " ")
}
