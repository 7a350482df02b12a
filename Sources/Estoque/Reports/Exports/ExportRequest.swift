import EstoqueDatabase
import EstoqueStock
import Revoada

/// What is exported.
public enum ExportKind: String, Sendable, CaseIterable, Codable, SQLConvertible {
  /// The ledger.
  case movements
  /// How much is where.
  case stock
  /// Products with their stock.
  case products
  /// Labels with bar codes for products.
  case labels
}

/// As what.
public enum ExportFormat: String, Sendable, CaseIterable, Codable, SQLConvertible {
  /// Delimited text.
  case csv
  /// A spreadsheet.
  case xlsx
  /// Sheets to print on; for labels only.
  case pdf
}

/// How numbers, days and titles are written in delimited text.
public enum ExportStyle: String, Sendable, CaseIterable, Codable {
  /// As spreadsheets in Brazil read them: semicolons, decimal commas, `21/11/2026 14:05:33`, and a byte order mark.
  case brazilian
  /// As programs read them: commas, decimal points, RFC 3339 in UTC, English titles.
  case plain
}

/// What is wanted of an export.
public struct ExportRequest: Sendable, Hashable, Codable {
  /// What is exported.
  public var kind: ExportKind
  /// As what.
  public var format: ExportFormat
  /// How delimited text is written.
  public var style: ExportStyle
  /// Only what stands in the category.
  public var category: Category.ID?
  /// Only what is at one place.
  public var location: Location.ID?
  /// Only one product; for movements and labels.
  public var product: Product.ID?
  /// Only one kind of movements.
  public var movements: MovementKind?
  /// Words that stand in the product's name, code or bar code.
  public var search: String
  private var first: Int?
  private var last: Int?

  /// The first day of movements.
  public var from: CalendarDay? {
    get { first.map(CalendarDay.init(number:)) }
    set { first = newValue?.number }
  }
  /// The last day of movements, which belongs to them.
  public var to: CalendarDay? {
    get { last.map(CalendarDay.init(number:)) }
    set { last = newValue?.number }
  }

  /// Asks for everything of a kind.
  public init(
    _ kind: ExportKind, as format: ExportFormat, style: ExportStyle = .brazilian, search: String = ""
  ) {
    (self.kind, self.format, self.style, self.search) = (kind, format, style, search)
  }

  /// Labels are printed, everything else is a table.
  func validate() throws(ExportFault) {
    if (kind == .labels) != (format == .pdf) { throw .unsupported(kind, format) }
  }

  func movementFilter(_ days: LocalDays) -> MovementFilter {
    MovementFilter(
      from: from.map(days.start), until: to.map { days.start(of: $0 + 1) }, product: product,
      location: location,
      category: category, kind: movements, search: search)
  }
}
