import EstoqueDomain
import EstoqueReports
import EstoqueStock
import Revoada

extension RouteTable {
  static let reports: [Route] = [
    .get(
      "/api/reports/movements", .viewer,
      Operation(
        "reportMovements", "Totais de movimentos por dia, semana ou mês.",
        [
          Operation.Parameter(name: "from", schema: Schemas.day, isRequired: true, about: "O primeiro dia"),
          Operation.Parameter(name: "to", schema: Schemas.day, isRequired: true, about: "O último dia"),
          Operation.Parameter(
            name: "by", schema: Schemas.choice(Period.Unit.allCases.map(\.word)),
            about: "Por dia, semana ou mês"),
          Operation.Parameter(name: "location", schema: Schemas.id, about: "De um local"),
          Operation.Parameter(name: "category", schema: Schemas.id, about: "De uma categoria"),
        ], .json("MovementReport"))
    ) { call in
      let request = try call.query { fields -> MovementReportRequest in
        let (first, last) = (fields.calendarDay("from"), fields.calendarDay("to"))
        if first > last { fields.fail("to", FieldMessage.before) }
        let unit = fields.choice("by", Unit.self).flatMap { Period.Unit(word: $0.rawValue) } ?? .day
        return MovementReportRequest(
          Period(first, through: last), by: unit, location: fields.optionalIdentifier("location"),
          category: fields.optionalIdentifier("category"))
      }
      return .json(report(try await call.server.reports.movementReport(request)))
    },
    .get(
      "/api/dashboard", .viewer, Operation("dashboard", "O que a primeira página mostra.", .json("Dashboard"))
    ) { call in
      let dashboard = try await call.server.reports.dashboard()
      let people = try await call.server.people()
      let invoices = try await call.server.invoiceCounts()
      return .json([
        "products": .integer(Int64(dashboard.products)),
        "belowMinimum": .integer(Int64(dashboard.belowMinimum)),
        "stockValue": decimal(dashboard.stockValue),
        "today": ["receipts": sum(dashboard.today.receipts), "issues": sum(dashboard.today.issues)],
        "nfe": invoices,
        "days": .array(
          dashboard.days.map { day in
            ["date": "\(day.date)", "receipts": sum(day.receipts), "issues": sum(day.issues)]
          }),
        "top": .array(
          dashboard.top.map { ["product": product($0.product), "quantity": decimal($0.quantity)] }),
        "low": .array(dashboard.low.map(stockItem)),
        "recent": .array(dashboard.recent.map { movement($0, people) }),
      ])
    },
  ]

  private enum Unit: String, CaseIterable { case day, week, month }

  private static func report(_ report: MovementReport) -> JSON {
    [
      "by": .string(report.unit.word), "from": "\(report.period.first)", "to": "\(report.period.last)",
      "periods": .array(
        report.periods.map { part in
          let json: JSON = ["from": "\(part.period.first)", "to": "\(part.period.last)"]
          let full = json.with(totals(part.totals))
          return part.error.map { full.with(["error": .string($0)]) } ?? full
        }),
      "total": totals(report.total),
    ]
  }

  private static func totals(_ totals: MovementTotals) -> JSON {
    [
      "receipts": sum(totals.receipts), "issues": sum(totals.issues), "adjustments": sum(totals.adjustments),
      "transfers": sum(totals.transfers),
    ]
  }

  private static func sum(_ sum: MovementSum) -> JSON {
    ["count": .integer(Int64(sum.count)), "quantity": decimal(sum.quantity), "cost": decimal(sum.cost)]
  }
}

extension ReportFault: ProblemConvertible {
  var problem: Problem {
    switch self {
    case .tooManyPeriods: .invalid("to", description)
    case .failed: Problem(.serviceUnavailable, "unavailable", description, retryAfter: .seconds(1))
    }
  }
}

extension Fields {
  /// A day that must be there.
  fileprivate mutating func calendarDay(_ name: String) -> CalendarDay {
    let day = day(name)
    if day == nil, !errors.contains(where: { $0.field == name }) { fail(name, FieldMessage.missing) }
    return CalendarDay("\(day.map { "\($0)" } ?? "1970-01-01")") ?? CalendarDay(number: 0)
  }
}
