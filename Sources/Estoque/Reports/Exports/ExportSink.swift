import EstoqueDatabase
import EstoqueDomain
import EstoqueStock
import EstoqueTables
import Foundation

/// A file that takes rows; blocks its thread.
protocol ExportSink: AnyObject, Sendable {
  func append(_ row: borrowing Row) throws
  /// Completes the file.
  func finish() throws
}

/// Delimited text in a file.
final class DelimitedFile: ExportSink, @unchecked Sendable {  // used by one call at a time
  private let format: DelimitedRows
  private let file: FileHandle
  private var writer: DelimitedWriter

  init(_ table: ExportTable, _ style: ExportStyle, _ days: LocalDays, path: String) throws(ExportFault) {
    format = DelimitedRows(table, style, days)
    guard FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600]),
      let file = FileHandle(forWritingAtPath: path)
    else { throw .unwritable("a pasta das exportações não existe ou não pode ser escrita") }
    self.file = file
    writer = format.writer()
    try write(format.head)
  }
  deinit { try? file.close() }

  func append(_ row: borrowing Row) throws {
    try format.append(row, to: &writer)
    if writer.count > 64 * 1024 { try flush() }
  }

  func finish() throws {
    try flush()
    do {
      try file.synchronize()
      try file.close()
    } catch { throw ExportFault(error) }
  }

  private func flush() throws(ExportFault) { try write(writer.take()) }

  private func write(_ bytes: [UInt8]) throws(ExportFault) {
    do { try file.write(contentsOf: bytes) } catch { throw ExportFault(error) }
  }
}

/// A spreadsheet in a file; more rows than a sheet has go to the next.
final class SheetFile: ExportSink, @unchecked Sendable {  // used by one call at a time
  private let columns: [ExportTable.Column]
  private let clock: LocalClock
  private let writer: SpreadsheetWriter
  private var cells: [SpreadsheetWriter.Cell] = []

  init(_ table: ExportTable, _ days: LocalDays, path: String, rowsPerSheet: Int) throws {
    columns = table.columns
    clock = LocalClock(days)
    writer = try SpreadsheetWriter(
      path: path, sheet: table.name, titles: columns.map(\.title), widths: columns.map(\.width),
      scratch: (path as NSString).deletingLastPathComponent, rowsPerSheet: rowsPerSheet)
  }

  func append(_ row: borrowing Row) throws {
    cells.removeAll(keepingCapacity: true)
    for (index, column) in columns.enumerated() { cells.append(try cell(row, index, column.content)) }
    do throws(SpreadsheetFault) { try writer.append(cells) } catch { throw ExportFault(error) }
  }

  func finish() throws {
    do throws(SpreadsheetFault) { try writer.close() } catch { throw ExportFault(error) }
  }

  private func cell(
    _ row: borrowing Row, _ index: Int, _ content: ExportTable.Column.Content
  ) throws -> SpreadsheetWriter.Cell {
    if row.isNull(index) { return .empty }
    switch content {
    case .text: return .text(try row.text(index))
    case .integer: return .number(Double(try row.integer(index)))
    case .quantity: return .number(Double(try row.integer(index)) / 10_000, decimals: 4)
    case .money: return .number(Double(try row.integer(index)) / 100, decimals: 2)
    case .unitValue: return .number(Double(try row.text(index)) ?? 0, decimals: 4)
    case .moment: return .date(serial: clock.serial(try row.integer(index)))
    case .kind: return .text((try row[index] as MovementKind).brazilian)
    case .flag: return .text(try row.integer(index) != 0 ? "sim" : "não")
    }
  }
}
