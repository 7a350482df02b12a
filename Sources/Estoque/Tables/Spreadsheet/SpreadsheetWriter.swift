import CXlsx

/// A spreadsheet that could not be written.
public struct SpreadsheetFault: Error, Sendable, Equatable, CustomStringConvertible {
  /// The file.
  public let path: String
  /// What the library says.
  public let reason: String
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
  private let workbook: UnsafeMutablePointer<lxw_workbook>
  private let sheet: UnsafeMutablePointer<lxw_worksheet>
  private var formats: [String: UnsafeMutablePointer<lxw_format>] = [:]
  private var row: UInt32 = 0
  private var isOpen = true

  /// Creates a file with one sheet and its titles, which stay in sight and can be filtered by.
  /// - Throws: ``SpreadsheetFault``.
  public init(path: String, sheet name: String, titles: [String], widths: [Double] = [])
    throws(SpreadsheetFault)
  {
    var options = lxw_workbook_options()
    options.constant_memory = 1
    guard let workbook = workbook_new_opt(path, &options),
      let sheet = workbook_add_worksheet(workbook, String(name.prefix(31)))
    else { throw SpreadsheetFault(path: path, reason: "nome de planilha inválido ou falta de memória") }
    (self.path, self.workbook, self.sheet) = (path, workbook, sheet)
    for (column, width) in widths.enumerated() {
      worksheet_set_column(sheet, UInt16(column), UInt16(column), width, nil)
    }
    let bold = workbook_add_format(workbook)
    format_set_bold(bold)
    for (column, title) in titles.enumerated() {
      worksheet_write_string(sheet, 0, UInt16(column), title, bold)
    }
    if !titles.isEmpty {
      worksheet_freeze_panes(sheet, 1, 0)
      row = 1
    }
  }
  deinit { if isOpen { _ = workbook_close(workbook) } }

  /// Adds a row.
  /// - Throws: ``SpreadsheetFault`` when the sheet is full.
  public func append(_ cells: [Cell]) throws(SpreadsheetFault) {
    guard isOpen, row < Self.maximumRows else {
      throw SpreadsheetFault(path: path, reason: "mais de \(Self.maximumRows) linhas; exporte como CSV")
    }
    for (column, cell) in cells.enumerated() {
      let column = UInt16(clamping: column)
      switch cell {
      case .empty: break
      case .text(let text): worksheet_write_string(sheet, row, column, Self.fitting(text), nil)
      case .number(let number, let decimals):
        worksheet_write_number(sheet, row, column, number, format(Self.pattern(decimals: decimals)))
      case .date(let serial): worksheet_write_number(sheet, row, column, serial, format("dd/mm/yyyy hh:mm"))
      }
    }
    row += 1
  }

  /// Completes the file.
  /// - Throws: ``SpreadsheetFault``: a full disk, for example.
  public func close() throws(SpreadsheetFault) {
    guard isOpen else { return }
    isOpen = false
    let code = workbook_close(workbook)
    if code != LXW_NO_ERROR {
      throw SpreadsheetFault(path: path, reason: String(cString: lxw_strerror(code)))
    }
  }

  private func format(_ pattern: String) -> UnsafeMutablePointer<lxw_format>? {
    if let known = formats[pattern] { return known }
    let format = workbook_add_format(workbook)
    format_set_num_format(format, pattern)
    formats[pattern] = format
    return format
  }

  private static func pattern(decimals: Int) -> String {
    decimals <= 0 ? "#,##0" : "#,##0." + String(repeating: "0", count: min(decimals, 10))
  }

  private static func fitting(_ text: String) -> String {
    let limit = 32_767
    return text.utf16.count <= limit ? text : String(text.prefix(limit / 2))
  }
}
