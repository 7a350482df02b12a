import EstoqueDatabase
import Foundation
import RevoadaScheduling

/// What can be chosen about ``Imports``.
public struct ImportsConfiguration: Sendable {
  /// How many jobs this process works on at the same time.
  public var concurrency = 1
  /// How long a job belongs to a process that says nothing more, before another one goes on with it.
  public var lease = Duration.seconds(30)
  /// How often it looks for jobs of other processes.
  public var poll = Duration.seconds(2)
  /// How long a chunk is tried again while the database cannot be reached.
  public var patience = Duration.seconds(120)
  /// The largest file that is accepted, in bytes.
  public var maximumSize = 256 << 20
  /// Where the files of jobs are while they are worked on.
  public var folder = FileManager.default.temporaryDirectory.path
  /// For how long the lines of jobs are kept that have ended; nil for ever. That a file has been imported is known for ever.
  public var keep: Duration?
  /// How often progress is told at most.
  public var progressInterval = Duration.milliseconds(200)
  /// Now, in microseconds since 1970 in UTC.
  public var clock: @Sendable () -> Int64 = { WallClock.now() }

  /// For tests: called between any two steps; what it throws happens there.
  var checkpoint: @Sendable (ImportStep) throws -> Void = { _ in }

  /// The usual settings.
  public init() {}

  func validate() throws(InvalidSetting) {
    var check = SettingsCheck("imports")
    check.require((1...64).contains(concurrency), "concurrency", concurrency, "from 1 to 64")
    check.require(lease >= .seconds(1), "lease", lease, "at least a second")
    check.require(poll > .zero, "poll", poll, "more than zero")
    check.require(patience >= .zero, "patience", patience, "not negative")
    check.require(maximumSize > 0, "maximumSize", maximumSize, "at least 1")
    if let keep { check.require(keep > .zero, "keep", keep, "more than zero") }
    check.require(progressInterval >= .zero, "progressInterval", progressInterval, "not negative")
    try check.end()
  }
}

/// Where an import can be interrupted.
enum ImportStep: String, Sendable, CaseIterable {
  case claimed, opened, read, decoded, begun, planned, posted, noted, committed, ended
}
