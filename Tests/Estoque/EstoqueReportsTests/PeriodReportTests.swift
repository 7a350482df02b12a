import CoreTestSupport
import EstoqueDatabase
import EstoqueDomain
import EstoqueStock
import EstoqueTestSupport
import Foundation
import Revoada
import Testing

@testable import EstoqueReports

@Suite(.timeLimit(.minutes(10)))
struct PeriodReportTests {
  @Test(arguments: Backend.concurrent) func daysBeginAtMidnightInSaoPaulo(on backend: Backend) async throws {
    try await Warehouse.open(on: backend) { house in
      let midnight = LocalDays(ReportConfiguration().zone).start(of: "2026-03-10")
      #expect(midnight == Warehouse.noon - Warehouse.day / 2)
      try await house.post(
        house.draft(.receipt, 100, cost: 10_000, on: midnight - 1),
        house.draft(.receipt, 10, cost: 1_000, on: midnight),
        house.draft(.issue, -1, on: midnight + Warehouse.day - 1),
        house.draft(.issue, -5, on: midnight + Warehouse.day))
      let request = MovementReportRequest(Period("2026-03-08", through: "2026-03-12"))
      let report = try await house.reports().movementReport(request)
      #expect(
        report.periods.map { "\($0.period.first)" } == (8...12).map { "2026-03-\($0 < 10 ? "0" : "")\($0)" })
      #expect(report.periods.map(\.totals.receipts.count) == [0, 1, 1, 0, 0])
      #expect(report.periods.map(\.totals.issues.quantity) == [.zero, .zero, whole(1), whole(5), .zero])
      #expect(report.total.receipts == MovementSum(count: 2, quantity: whole(110), cost: centavos(11_000)))
      #expect(report.total.issues.cost == centavos(600))
      // The same days of Greenwich begin three hours earlier.
      let utc = try house.reports { $0.zone = TimeZone(secondsFromGMT: 0)! }
      let there = try await utc.movementReport(request)
      #expect(there.periods.map(\.totals.receipts.count) == [0, 0, 2, 0, 0])
      #expect(there.periods.map(\.totals.issues.count) == [0, 0, 0, 2, 0])
    }
  }

  @Test(arguments: Backend.concurrent) func reversalsAreTakenOffAndTransfersCancelOut(on backend: Backend)
    async throws
  {
    try await Warehouse.open(on: backend) { house in
      let posting = try await house.post(house.draft(.receipt, 10, cost: 1_000))
      try await house.post(house.draft(.issue, -2), house.draft(.adjustment, -1))
      let (product, branch) = (house.products[0].id, house.branch.id)
      try await house.database.transaction { session in
        let later = PostingOrigin("manual", at: Warehouse.noon + Warehouse.day)
        try session.transfer(
          try Quantity(4), of: product, from: Location.main, to: branch, happenedAt: Warehouse.noon,
          origin: later,
          negative: .refused)
        try session.reverse(posting: posting, from: later, negative: .allowed)
      }
      let reports = try house.reports()
      let days = Period("2026-03-10", through: "2026-03-11")
      let all = try await reports.movementReport(MovementReportRequest(days))
      #expect(
        all.periods[0].totals.receipts.quantity == whole(10) && all.periods[1].totals.receipts.count == -1)
      #expect(all.total.receipts == MovementSum() && all.total.issues.quantity == whole(2))
      #expect(all.total.adjustments.quantity == whole(-1) && all.total.transfers.quantity.isZero)
      let there = try await reports.movementReport(MovementReportRequest(days, location: branch))
      #expect(there.total.transfers.quantity == whole(4) && there.total.receipts.count == 0)
      let category = try await house.database.transaction { session in
        let category = try session.addCategory("X").id
        var other = house.products[1]
        other.details.category = category
        _ = try session.updateProduct(other, at: 2)
        return category
      }
      try await house.post(house.draft(.receipt, 7, of: 1, cost: 70))
      let some = try await reports.movementReport(MovementReportRequest(days, by: .month, category: category))
      #expect(some.periods.count == 1 && some.total.receipts.quantity == whole(7))
    }
  }

  /// What is past stays cached while today's movements are posted.
  @Test(arguments: Backend.concurrent) func onlyWhatChangedIsComputedAnew(on backend: Backend) async throws {
    try await Warehouse.open(on: backend) { house in
      let loads = AtomicInteger()
      let reporter = try MovementReporter(house.database, configuration { $0.periodAge = .seconds(600) }) {
        _ in
        loads.add(1)
        return MovementTotals()
      }
      let year = MovementReportRequest(Period("2025-01-01", through: "2026-03-31"), by: .month)
      _ = try await reporter.report(year)
      _ = try await reporter.report(year)
      #expect(loads.load() == 15)
      try await house.post(house.draft(.receipt, 1, cost: 1))
      _ = try await reporter.report(year)
      #expect(loads.load() == 16 || loads.load() == 17)  // thirty days may lie in two months
    }
  }

  private func configuration(_ change: (inout ReportConfiguration) -> Void = { _ in }) -> ReportConfiguration
  {
    var configuration = ReportConfiguration()
    change(&configuration)
    return configuration
  }

  @Test func aPeriodThatFailsFailsAlone() async throws {
    struct Bad: Error, CustomStringConvertible { let description = "não" }
    try await simulated(seeds: 0..<4) {
      let database = try Database(.memory)
      let tries = AtomicInteger()
      let reporter = try MovementReporter(database, ReportConfiguration()) { key in
        try await sleep(for: .milliseconds(30 - key.period.first.day))
        if key.period.first == "2026-03-02" { throw Bad() }
        if key.period.first == "2026-03-04", tries.add(1) < 3 { throw Bad() }
        var totals = MovementTotals()
        totals.receipts.count = key.period.first.day
        return totals
      }
      let report = try await reporter.report(
        MovementReportRequest(Period("2026-03-01", through: "2026-03-05")))
      #expect(report.periods.map(\.totals.receipts.count) == [1, 0, 3, 4, 5])
      #expect(report.periods.map(\.error) == [nil, "não", nil, nil, nil])
      #expect(report.total.receipts.count == 13)
    }
  }

  @Test func whatIsTooLateHasAnError() async throws {
    try await simulated(seeds: 0..<4) {
      let database = try Database(.memory)
      var configuration = ReportConfiguration()
      (configuration.limit, configuration.deadline) = (2, .seconds(5))
      let reporter = try MovementReporter(database, configuration) { _ in
        try await sleep(for: .seconds(2))
        return MovementTotals()
      }
      let report = try await reporter.report(
        MovementReportRequest(Period("2026-03-01", through: "2026-03-10")))
      #expect(report.periods.count { $0.error == nil } == 4)
      #expect(report.periods.allSatisfy { $0.error?.contains("tempo") ?? true })
      #expect(Simulation.elapsedMilliseconds <= 5_010)
    }
  }

  @Test func nonsenseIsRefused() async throws {
    let reports = try Reports(try Database(.memory))
    await #expect(throws: ReportFault.tooManyPeriods(9999 * 365, limit: 4000)) {
      do {
        _ = try await reports.movementReport(
          MovementReportRequest(Period("0001-01-01", through: "9999-12-31")))
      } catch ReportFault.tooManyPeriods { throw ReportFault.tooManyPeriods(9999 * 365, limit: 4000) }
    }
    for change in [
      { $0.limit = 0 }, { $0.deadline = .zero }, { $0.cached = -1 }, { $0.retry.attempts = 0 },
    ] as [(inout ReportConfiguration) -> Void] {
      #expect(throws: InvalidSetting.self) { try Reports(try Database(.memory), configuration(change)) }
    }
  }

  @Test(arguments: ["America/Sao_Paulo", "UTC", "Europe/Lisbon", "Asia/Kolkata", "America/New_York"])
  func daysNeitherOverlapNorGap(zone: String) throws {
    let days = LocalDays(try #require(TimeZone(identifier: zone)))
    // São Paulo's clocks skipped midnight on 2018-11-04 and had it twice on 2018-02-18.
    for first in [CalendarDay("2018-02-10"), "2018-03-20", "2018-10-20", "2026-03-01"] as [CalendarDay] {
      for number in 0..<40 {
        let day = first + number
        let (start, end) = (days.start(of: day), days.start(of: day + 1))
        #expect(
          days.day(of: start) == day && days.day(of: end - 1) == day && days.day(of: start - 1) == day - 1)
      }
    }
    if zone == "America/Sao_Paulo" {
      #expect(
        days.range(of: Period("2018-11-04", through: "2018-11-04")).count == Int(23 * 3_600_000_000 as Int64))
    }
  }

  @Test func reportsAreWrittenAsTheContractSays() throws {
    var totals = MovementTotals()
    totals.receipts = MovementSum(count: 2, quantity: try Quantity(scaled: 125_000), cost: centavos(123_456))
    totals.adjustments = MovementSum(count: 1, quantity: try Quantity(scaled: -5), cost: centavos(-7))
    let week = Period("2026-03-02", through: "2026-03-08")
    let report = MovementReport(
      unit: .week, period: week,
      periods: [
        .init(period: week, totals: totals, error: nil),
        .init(period: week, totals: MovementTotals(), error: "não"),
      ],
      total: totals)
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let text = String(decoding: try encoder.encode(report), as: UTF8.self)
    #expect(
      text.hasPrefix(
        #"{"by":"week","from":"2026-03-02","periods":[{"adjustments":{"cost":"-0.07","count":1,"quantity":"-0.0005"}"#
      ))
    #expect(
      text.contains(#""receipts":{"cost":"1234.56","count":2,"quantity":"12.5"}"#)
        && text.contains(#""error":"não""#))
    #expect(try JSONDecoder().decode(MovementReport.self, from: Data(text.utf8)) == report)
  }

  @Test func reportsAreTablesInATerminal() throws {
    var totals = MovementTotals()
    totals.receipts = MovementSum(count: 2, quantity: whole(1_250), cost: centavos(123_456))
    let (march, april) = (
      Period("2026-03-01", through: "2026-03-31"), Period("2026-04-01", through: "2026-04-10")
    )
    let report = MovementReport(
      unit: .month, period: Period("2026-03-01", through: "2026-04-10"),
      periods: [
        .init(period: march, totals: totals, error: nil),
        .init(period: april, totals: MovementTotals(), error: "não deu"),
      ],
      total: totals)
    #expect(
      report.text == """
        Período             Entradas  Custo R$  Saídas  Custo R$  Ajustes  Custo R$
        ───────────────────────────────────────────────────────────────────────────
        março de 2026          1.250  1.234,56       0      0,00        0      0,00
        01/04 a 10/04/2026  não deu
        ───────────────────────────────────────────────────────────────────────────
        Total                  1.250  1.234,56       0      0,00        0      0,00
        """)
  }
}
