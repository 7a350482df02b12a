import EstoqueDatabase
import EstoqueImports
import EstoqueStock
import Foundation
import RowKit

/// The sales of a shop, imported from their file into a new database: the first lines of `SALES_FILE`, which has 219,974.
struct ImportRow: Sendable {
  let lines: Int
  /// Whose tables are removed and made anew; nil for a new file of SQLite.
  var server: String?

  /// - Returns: nanoseconds a line.
  func run() async throws -> Double {
    let folder = FileManager.default.temporaryDirectory
    let path = folder.appending(path: "import-\(UUID()).db").path
    let table = folder.appending(path: "import-\(UUID()).csv").path
    defer {
      for file in [path, path + "-wal", path + "-shm", table] {
        try? FileManager.default.removeItem(atPath: file)
      }
    }
    try write(to: table)
    let database = try Database(DatabaseConfiguration(server ?? path))
    if server != nil {
      try await database.transaction {
        try $0.run(script: "DROP SCHEMA public CASCADE; CREATE SCHEMA public")
      }
    }
    try await database.migrate(Schema.migrations + ImportSchema.migrations)
    let imports = try Imports(database)
    var options = ImportOptions()
    (options.direction, options.allowsNegativeStock) = (.sales, true)
    let start = ContinuousClock.now
    let job = try await imports.importFile(.movements, options: options, path: table).job
    let time = start.duration(to: .now)
    let (movements, unbalanced) = try await database.read { session in
      (
        try session.value("SELECT count(*) FROM movement", as: Int.self) ?? 0,
        try session.unbalanced().count
      )
    }
    try await database.close()
    try expect("lines", job.done, lines)
    try expect("movements", movements, lines)
    try expect("products out of balance", unbalanced, 0)
    return time / .nanoseconds(1) / Double(lines)
  }

  private func write(to path: String) throws {
    let source =
      ProcessInfo.processInfo.environment["SALES_FILE"]
      ?? "../shared/data/csv/uci_online_retail_by-day_concat.csv"
    let bytes = try Data(contentsOf: URL(filePath: source))
    var (end, left) = (bytes.startIndex, lines + 1)
    while left > 0, let next = bytes[end...].firstIndex(of: 10) {
      end = next + 1
      left -= 1
    }
    try expect("lines missing in \(source)", left, 0)
    try bytes[..<end].write(to: URL(filePath: path))
  }
}
