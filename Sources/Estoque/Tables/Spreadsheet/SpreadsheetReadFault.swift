import EstoqueArchive

/// A spreadsheet that cannot be read. The sentences are for those who sent it.
public enum SpreadsheetReadFault: Error, Sendable, Equatable, CustomStringConvertible {
  /// The form before XLSX, or a workbook with a password.
  case oldFormat
  /// A ZIP archive, but no workbook in it.
  case notAWorkbook
  /// There is no sheet of this name.
  case unknownSheet(String, sheets: [String])
  /// What it is packed in.
  case archive(ArchiveFault)
  /// A part is no XML, or says what cannot be.
  case malformed(part: String, reason: String)
  /// A cell longer than the limit.
  case longCell(row: Int, limit: Int)
  /// A row of more cells than the limit.
  case manyCells(row: Int, limit: Int)
  /// More bytes of texts in all than the limit.
  case manyTexts(limit: Int)

  /// A sentence for people.
  public var description: String {
    switch self {
    case .oldFormat: "planilha no formato antigo (.xls) ou com senha; salve-a como .xlsx, sem senha"
    case .notAWorkbook: "o arquivo ZIP não é uma planilha .xlsx"
    case .unknownSheet(let name, let sheets):
      "não há planilha chamada “\(name)”; há \(sheets.map { "“\($0)”" }.joined(separator: ", "))"
    case .archive(let fault): "\(fault)"
    case .malformed(let part, let reason): "a planilha está danificada: \(part): \(reason)"
    case .longCell(let row, let limit): "linha \(row): célula com mais de \(limit) bytes"
    case .manyCells(let row, let limit): "linha \(row): mais de \(limit) colunas"
    case .manyTexts(let limit): "os textos da planilha passam de \(limit >> 20) MB; divida-a"
    }
  }
}

/// What a spreadsheet must not exceed.
public struct SpreadsheetLimits: Sendable, Equatable {
  /// Bytes of one cell.
  public var cell: Int
  /// Cells of one row.
  public var cells: Int
  /// Bytes of all different texts, which are held in memory.
  public var texts: Int
  /// What it is packed in.
  public var archive: ArchiveLimits

  /// Creates limits; by default a megabyte a cell, 4,096 cells, 64 MB of texts, and 1 GB of XML, at most 400 times its packed size.
  public init(
    cell: Int = 1 << 20, cells: Int = 4_096, texts: Int = 64 << 20,
    archive: ArchiveLimits = ArchiveLimits(file: 1 << 30, total: 2 << 30, expansion: 400)
  ) {
    (self.cell, self.cells, self.texts, self.archive) = (cell, cells, texts, archive)
  }
}
