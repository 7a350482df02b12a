import EstoqueDatabase
import Foundation
import Revoada

/// Everything that can be chosen about ``Reports``.
public struct ReportConfiguration: Sendable {
  /// Where days begin and end.
  public var zone: TimeZone
  /// How many periods of a report are computed at once.
  public var limit = 4
  /// How often a period is tried, and how long is waited in between.
  public var retry = RetryPolicy.exponential(attempts: 4, initial: .milliseconds(100), max: .seconds(2))
  /// How long all periods of a report may take; those that have not ended by then have an error.
  public var deadline = Duration.seconds(30)
  /// The most periods of a report.
  public var maximumPeriods = 4000
  /// How old a page of a list may be if *another* instance has changed it and could not tell. One's own changes show at once, and others' as soon as they are
  /// heard of.
  public var listAge = Duration.seconds(1)
  /// The same of the dashboard.
  public var dashboardAge = Duration.seconds(5)
  /// The same of the periods of reports.
  public var periodAge = Duration.seconds(30)
  /// How many pages are kept, and as many periods.
  public var cached = 10_000
  /// The present time, in microseconds since 1970 in UTC.
  public var clock: @Sendable () -> Int64 = { WallClock.now() }

  /// The usual choices: days of São Paulo.
  public init() {
    // Every system has it; if not, its present offset.
    zone = TimeZone(identifier: "America/Sao_Paulo") ?? TimeZone(secondsFromGMT: -3 * 3600).unsafelyUnwrapped
  }

  /// Checks that every choice makes sense.
  public func validate() throws(InvalidSetting) {
    var check = SettingsCheck("reports")
    for (setting, count) in [("limit", limit), ("maximumPeriods", maximumPeriods), ("cached", cached)] {
      check.require(count >= 1, setting, count, "at least 1")
    }
    for (setting, duration) in [
      ("deadline", deadline), ("listAge", listAge), ("dashboardAge", dashboardAge), ("periodAge", periodAge),
    ] {
      check.require(duration > .zero, setting, duration, "longer than zero")
    }
    try check.end()
    try retry.validate()
  }
}
