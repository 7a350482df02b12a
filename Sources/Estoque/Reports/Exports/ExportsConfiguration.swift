import EstoqueDatabase
import Foundation
import Revoada

/// Everything that can be chosen about ``Exports``.
public struct ExportsConfiguration: Sendable {
  /// Where files are made and kept. Several instances that are to hand out each other's files share it.
  public var folder: String
  /// How many jobs are worked on at once.
  public var concurrency = 2
  /// After how long a worker that is not heard of is taken to be dead.
  public var lease = Duration.seconds(30)
  /// How often a worker says how far it is, and heeds that its job was cancelled.
  public var heartbeat = Duration.seconds(1)
  /// How often is looked for jobs of other processes.
  public var poll = Duration.seconds(2)
  /// For how long jobs that have ended are kept, with their files; nil for ever.
  public var keep: Duration? = .seconds(7 * 86_400)
  /// How often work on a job is begun: one that kills its process must not do so for ever.
  public var attempts = 5
  /// The most labels in a file; some 20 KB of memory each.
  public var labels = 5_000
  /// The most rows of a sheet.
  public var rowsPerSheet = 1_048_576
  /// Where days begin and end, and clocks are read.
  public var zone = ReportConfiguration().zone
  /// The present time, in microseconds since 1970 in UTC.
  public var clock: @Sendable () -> Int64 = { WallClock.now() }
  /// For tests: called at points at which a process may end.
  var checkpoint: @Sendable (ExportCheckpoint) async throws -> Void = { _ in }

  /// The usual choices.
  public init(folder: String) { self.folder = folder }

  /// Checks that every choice makes sense.
  public func validate() throws(InvalidSetting) {
    var check = SettingsCheck("exports")
    check.require(!folder.isEmpty, "folder", "\"\"", "the name of a folder")
    for (setting, count) in [("concurrency", concurrency), ("attempts", attempts), ("labels", labels)] {
      check.require(count >= 1, setting, count, "at least 1")
    }
    check.require(rowsPerSheet >= 2, "rowsPerSheet", rowsPerSheet, "at least 2")
    for (setting, duration) in [("lease", lease), ("heartbeat", heartbeat), ("poll", poll)] {
      check.require(duration > .zero, setting, duration, "longer than zero")
    }
    if let keep { check.require(keep > .zero, "keep", keep, "longer than zero") }
    check.require(heartbeat < lease, "heartbeat", heartbeat, "shorter than the lease")
    try check.end()
  }
}

/// Points at which a process may end.
enum ExportCheckpoint: Sendable { case claimed, counted, written, renamed, ended }

/// For tests: the process ends here.
struct ExportCrash: Error {}
