/// How an SQLite database is opened.
public struct SQLiteSettings: Sendable, Equatable {
  /// When a commit is on the disk.
  public enum Synchronous: String, Sendable, Equatable {
    /// Soon: the last commits may be lost when the machine loses power, not when the process is killed. Never damages the database.
    case normal
    /// When it returns.
    case full
  }

  /// The file; `:memory:` for a database that lives as long as the `Database`.
  public var path: String
  /// When a commit is on the disk.
  public var synchronous = Synchronous.normal
  /// How many connections read beside the one that writes. A database in memory has one connection for both.
  public var readers = 4
  /// How long a statement waits for another *process* that writes, before the transaction is tried again from its beginning.
  public var busyTimeout = Duration.milliseconds(100)
  /// The largest part of the file that each connection keeps in memory, in KiB.
  public var cacheSize = 16_384

  /// The settings for a file.
  public init(path: String) { self.path = path }

  var isInMemory: Bool { path == ":memory:" }

  /// What each new connection does first. Readers and the writer do the same: a file is in WAL mode for all.
  var preamble: String {
    """
    PRAGMA journal_mode = \(isInMemory ? "MEMORY" : "WAL");
    PRAGMA synchronous = \(synchronous.rawValue);
    PRAGMA foreign_keys = ON;
    PRAGMA trusted_schema = OFF;
    PRAGMA temp_store = MEMORY;
    PRAGMA cache_size = -\(cacheSize);
    """
  }
}
