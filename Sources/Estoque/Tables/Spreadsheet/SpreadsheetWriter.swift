import CXlsx
import Foundation

/// A spreadsheet that could not be written.
public struct SpreadsheetFault: Error, Sendable, Equatable, CustomStringConvertible {
  /// The file.
  public let path: String
  /// What the library says.
  public let reason: String
  /// Whether the disk is full.
  public var isOutOfRoom = false
  /// A sentence for people.
  public var description: String { "\(path): a planilha não pôde ser gravada (\(reason))" }
}

/// Writes a table as an XLSX file, row by row and in flat memory.
///
/// Text is always text: a spreadsheet never takes it for a formula. Blocks its thread.
public final class SpreadsheetWriter {
  /// What a cell holds.
  public enum Cell: Sendable, Equatable {
    /// Nothing.
    case empty
    /// Text, cut after the 32,767 characters that a cell can hold.
    case text(String)
    /// A number, with so many decimals shown. A spreadsheet keeps 15 digits of it.
    case number(Double, decimals: Int = 0)
    /// A moment, in local time, as days since 1900 (a spreadsheet's date).
    case date(serial: Double)
  }

  /// The rows that a sheet can have.
  public static let maximumRows = 1_048_576

  private let path: String
  private let name: String
  private let titles: [String]
  private let widths: [Double]
  private let rowsPerSheet: Int
  private let workbook: UnsafeMutablePointer<lxw_workbook>
  private var sheets: [UnsafeMutablePointer<lxw_worksheet>] = []
  private let bold: UnsafeMutablePointer<lxw_format>?
  /// By the number of decimals; dates under -1.
  private var formats: [Int: UnsafeMutablePointer<lxw_format>] = [:]
  private var row = 0
  private var isOpen = true

  /// Creates a file with its titles, which stay in sight and can be filtered by. What has no room on a sheet goes to the next one, with the same
  /// titles.
  ///
  /// - Parameters:
  ///   - path: the file, which exists when it is complete.
  ///   - name: the sheets' name; from the second on with a number behind it.
  ///   - titles: the first row of every sheet.
  ///   - widths: of the columns, in characters.
  ///   - scratch: the folder for what is written before the file is put together; the system's by default.
  ///   - rowsPerSheet: how many rows a sheet has at most, titles included.
  /// - Throws: ``SpreadsheetFault``.
  public init(
    path: String, sheet name: String, titles: [String], widths: [Double] = [], scratch: String? = nil,
    rowsPerSheet: Int = maximumRows
  ) throws(SpreadsheetFault) {
    var options = lxw_workbook_options()
    options.constant_memory = 1
    // Copied by the library.
    let folder = scratch.map { strdup($0) } ?? nil
    defer { free(folder) }
    options.tmpdir = folder
    guard let workbook = workbook_new_opt(path, &options) else {
      throw SpreadsheetFault(path: path, reason: "falta de memória")
    }
    (self.path, self.name, self.titles, self.widths) = (path, name, titles, widths)
    self.rowsPerSheet = max(2, min(rowsPerSheet, Self.maximumRows))
    self.workbook = workbook
    bold = workbook_add_format(workbook)
    format_set_bold(bold)
    try addSheet()
  }

  /// A file that was not closed does not come to be.
  deinit {
    if !isOpen { return }
    for sheet in sheets { if let file = sheet.pointee.optimize_tmpfile { fclose(file) } }
    lxw_workbook_free(workbook)
  }

  private func addSheet() throws(SpreadsheetFault) {
    let number = sheets.isEmpty ? "" : " \(sheets.count + 1)"
    guard let sheet = workbook_add_worksheet(workbook, name.prefix(31 - number.count) + number) else {
      throw SpreadsheetFault(path: path, reason: "nome de planilha inválido ou falta de espaço")
    }
    sheets.append(sheet)
    row = 0
    for (column, width) in widths.enumerated() {
      worksheet_set_column(sheet, UInt16(clamping: column), UInt16(clamping: column), width, nil)
    }
    for (column, title) in titles.enumerated() {
      worksheet_write_string(sheet, 0, UInt16(clamping: column), title, bold)
    }
    if !titles.isEmpty {
      worksheet_freeze_panes(sheet, 1, 0)
      row = 1
    }
  }

  /// Adds a row.
  /// - Throws: ``SpreadsheetFault``.
  public func append(_ cells: [Cell]) throws(SpreadsheetFault) {
    guard isOpen else { throw SpreadsheetFault(path: path, reason: "já está completa") }
    if row == rowsPerSheet { try addSheet() }
    let (sheet, row) = (sheets[sheets.count - 1], UInt32(row))
    for (column, cell) in cells.enumerated() {
      let column = UInt16(clamping: column)
      switch cell {
      case .empty: break
      case .text(let text): worksheet_write_string(sheet, row, column, Self.fitting(text), nil)
      case .number(let number, let decimals):
        worksheet_write_number(sheet, row, column, number, format(decimals: max(0, min(decimals, 10))))
      case .date(let serial): worksheet_write_number(sheet, row, column, serial, format(decimals: -1))
      }
    }
    self.row += 1
  }

  /// Completes the file.
  /// - Throws: ``SpreadsheetFault``: a full disk, for example.
  public func close() throws(SpreadsheetFault) {
    guard isOpen else { return }
    isOpen = false
    errno = 0
    // The library does not look whether its rows got to the disk.
    let isWhole = sheets.allSatisfy { sheet in
      sheet.pointee.optimize_tmpfile.map { ferror($0) == 0 && fflush($0) == 0 } ?? true
    }
    let code = workbook_close(workbook)
    if code != LXW_NO_ERROR || !isWhole {
      let reason = isWhole ? String(cString: lxw_strerror(code)) : "faltam linhas"
      throw SpreadsheetFault(
        path: path, reason: reason, isOutOfRoom: !isWhole || errno == ENOSPC || errno == EDQUOT)
    }
  }

  private func format(decimals: Int) -> UnsafeMutablePointer<lxw_format>? {
    if let known = formats[decimals] { return known }
    let format = workbook_add_format(workbook)
    let pattern =
      decimals < 0
      ? "dd/mm/yyyy hh:mm" : decimals == 0 ? "#,##0" : "#,##0." + String(repeating: "0", count: decimals)
    format_set_num_format(format, pattern)
    formats[decimals] = format
    return format
  }

  private static func fitting(_ text: String) -> String {
    let limit = 32_767
    return text.utf16.count <= limit ? text : String(text.prefix(limit / 2))
  }
}
