import Logging

/// Where errors go that goroutines throw and nobody awaits.
public enum UnhandledErrors {
  /// An error that a goroutine threw and that nobody awaited.
  public struct Report: Sendable {
    /// The error.
    public let error: any Error
    /// The goroutine's `Goroutine.id`.
    public let goroutine: UInt64
    /// The goroutine's name, if it was given one.
    public let name: String?
    /// The place of the `spawn`, as `Module/File.swift:line`.
    public let spawnSite: String
  }

  private static let current = Guarded<@Sendable (Report) -> Void>(log)

  /// Replaces what is done with such errors; by default they are logged, as errors of the logger `revoada`.
  ///
  /// The handler runs on whatever thread releases the goroutine's last reference; it must not block.
  public static func handle(_ handler: @escaping @Sendable (Report) -> Void) {
    current.withLock { $0 = handler }
  }

  static func report(_ error: any Error, goroutine: UInt64, name: String?, site: SpawnSite) {
    let handler = current.withLock { $0 }
    handler(Report(error: error, goroutine: goroutine, name: name, spawnSite: site.description))
  }

  private static func log(_ report: Report) {
    Logger(label: "revoada").error(
      "a goroutine failed and nobody awaited it: \(report.error)",
      metadata: [
        "goroutine": "\(report.name ?? String(report.goroutine))", "spawned-at": "\(report.spawnSite)",
      ])
  }
}
