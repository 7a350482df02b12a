/// One step of a schema's history.
///
/// ```swift
/// let migrations = [
///   Migration(1, "products", "CREATE TABLE product (id \(.identity), code TEXT NOT NULL UNIQUE)"),
///   Migration(2, "names", "ALTER TABLE product ADD COLUMN name TEXT NOT NULL DEFAULT ''"),
/// ]
/// ```
///
/// Once it has run anywhere it must not change any more: another one mends it.
///
/// Versions with the same tens are one part's history, and only within it nothing may come late: 22 runs in a database that has 21 and 40,
/// but not in one that has 23. So each part of a program has its own ten, and builds on those with lower ones.
public struct Migration: Sendable, Equatable {
  /// Its place in the history; larger than that of the one before.
  public let version: Int
  /// A word for people.
  public let name: String
  /// Statements, separated by semicolons; without parameters.
  public let script: SQL

  /// Creates a step.
  public init(_ version: Int, _ name: String, _ script: SQL) {
    self.version = version
    self.name = name
    self.script = script
  }

  /// A digest of the script as a database sees it, in hexadecimal. Tells of mistakes, not of attacks: FNV-1a of 64 bits.
  func checksum(for dialect: SQLDialect) -> String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in script.text(for: dialect).utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return String(hash, radix: 16)
  }
}

/// Why a schema cannot be brought up to date. Nothing has been changed, but for the migrations before.
public enum MigrationError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The list of migrations is not in ascending order from 1 on.
  case unordered(version: Int)
  /// A migration that has run has been changed since.
  case changed(version: Int, name: String)
  /// The database has a migration that this program does not know: it is newer than the program.
  case unknown(version: Int, name: String)
  /// A migration has not run although a later one of the same ten has.
  case skipped(version: Int, name: String)

  /// A sentence for people.
  public var description: String {
    switch self {
    case .unordered(let version): "the migration \(version) is out of order: versions must ascend, from 1 on"
    case .changed(let version, let name):
      "the migration \(version) (\(name)) has run, but was changed since: restore it, and mend the schema by a new one"
    case .unknown(let version, let name):
      "the database has the migration \(version) (\(name)), which this program does not know: use a newer program"
    case .skipped(let version, let name):
      "the migration \(version) (\(name)) has not run, although a later one has: give it a new version"
    }
  }
}
