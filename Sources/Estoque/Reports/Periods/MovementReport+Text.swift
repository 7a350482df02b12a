import EstoqueDomain
import Revoada

extension MovementReport {
  /// The report as a table for a terminal.
  public var text: String {
    var lines = [["Período", "Entradas", "Custo R$", "Saídas", "Custo R$", "Ajustes", "Custo R$"]]
    lines += periods.map { part in
      let label = part.period.brazilian(by: unit)
      return part.error.map { [label, $0] } ?? [label] + part.totals.cells
    }
    lines.append(["Total"] + total.cells)
    // What has an error has no columns.
    let widths = (0..<lines[0].count).map { column in
      lines.filter { $0.count > 2 || column == 0 }.map { $0[column].count }.max() ?? 0
    }
    let rule = String(repeating: "─", count: widths.reduce(0, +) + 2 * (widths.count - 1))
    let rows = lines.map { cells in
      if cells.count == 2 { return cells[0].padded(to: widths[0]) + "  " + cells[1] }
      return zip(cells, widths).enumerated().map { index, cell in
        index == 0 ? cell.0.padded(to: cell.1) : cell.0.indented(to: cell.1)
      }.joined(separator: "  ")
    }
    return ([rows[0], rule] + rows[1..<(rows.count - 1)] + [rule, rows[rows.count - 1]]).joined(
      separator: "\n")
  }
}

extension MovementTotals {
  fileprivate var cells: [String] {
    [receipts, issues, adjustments].flatMap { [$0.quantity.brazilian, $0.cost.brazilian] }
  }
}

extension Period {
  /// `10/03/2026`, `02/03 a 08/03/2026`, `março de 2026`.
  fileprivate func brazilian(by unit: Unit) -> String {
    if first == last { return first.brazilian }
    let isMonth =
      first.day == 1 && last.day == last.daysInMonth && first.month == last.month && first.year == last.year
    if unit == .month, isMonth { return "\(months[first.month - 1]) de \(first.year)" }
    return
      "\(first.year == last.year ? String(first.brazilian.prefix(5)) : first.brazilian) a \(last.brazilian)"
  }
}

private let months = [
  "janeiro", "fevereiro", "março", "abril", "maio", "junho", "julho", "agosto", "setembro", "outubro",
  "novembro",
  "dezembro",
]

extension CalendarDay {
  /// `10/03/2026`.
  fileprivate var brazilian: String { description.split(separator: "-").reversed().joined(separator: "/") }
}

extension String {
  fileprivate func padded(to width: Int) -> String {
    self + String(repeating: " ", count: Swift.max(0, width - count))
  }
  fileprivate func indented(to width: Int) -> String {
    String(repeating: " ", count: Swift.max(0, width - count)) + self
  }
}
