import ArgumentParser
import EstoqueReports
import EstoqueStock
import Foundation
import Revoada
import RevoadaConsole

/// `estoque report`.
struct ReportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Shows what came and went over a range of days, by day, week or month.",
    discussion:
      "A period that cannot be computed shows its error, the others their figures; the exit code is then 1.")

  @OptionGroup var settings: SettingOptions
  @Option(help: "The first day, as 2026-07-01 (default: 30 days ago).") var from: String?
  @Option(help: "The last day (default: today).") var to: String?
  @Option(help: "The periods: day, week or month.") var by = Period.Unit.day
  @Option(help: "Only this place, by its code.") var location: String?
  @Option(help: "Only this category, by its name.") var category: String?
  @Flag(help: "Print JSON.") var json = false

  func run() async throws {
    let sources = try await settings.sources()
    try await sources.withDatabase { database in
      let reports = try Reports(database, try sources.reportConfiguration())
      let today = reports.days.day(of: reports.configuration.clock())
      let (first, last) = (try day(from) ?? today - 29, try day(to) ?? today)
      if last < first { throw Failure(.usage, "--to (\(last)) is before --from (\(first))") }
      let (place, group) = try await database.read { session in
        (
          try location.map { code in
            guard let found = try session.locations().first(where: { $0.code == code }) else {
              throw Failure(.usage, "no place in the stock has the code '\(code)'")
            }
            return found.id
          },
          try category.map { name in
            guard let found = try session.category(named: name) else {
              throw Failure(.usage, "no category is called '\(name)'")
            }
            return found.id
          }
        )
      }
      let report = try await reports.movementReport(
        MovementReportRequest(Period(first, through: last), by: by, location: place, category: group))
      if json {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        Console.output(String(decoding: try encoder.encode(report), as: UTF8.self))
      } else {
        Console.output(report.text)
      }
      if report.periods.contains(where: { $0.error != nil }) { throw Failure(.failed) }
    }
  }

  private func day(_ text: String?) throws -> CalendarDay? {
    guard let text else { return nil }
    guard let day = CalendarDay(text) else {
      throw Failure(.usage, "'\(text)' is no day: write it as 2026-07-31")
    }
    return day
  }
}

extension Period.Unit: ExpressibleByArgument {
  /// Reads `day`, `week` or `month`.
  public init?(argument: String) {
    guard let unit = Self.allCases.first(where: { "\($0)" == argument }) else { return nil }
    self = unit
  }
}
