import EstoqueDatabase
import EstoqueImports
import EstoqueStock
import Foundation
import Revoada

/// The import of tables, by a command and in the background.
enum ImportFaults: FaultSubject {
  /// How many lines a file has, and how many of them are wrong.
  private static let (lines, wrong) = (150, 15)

  static func prepare(_ options: FaultOptions) async throws {
    let database = try Database(DatabaseConfiguration(options.database))
    try await database.migrate(Schema.migrations + ImportSchema.migrations)
    try await database.close()
  }

  static func live(_ options: FaultOptions) async throws {
    let database = try Database(DatabaseConfiguration(options.database))
    let imports = try imports(database, life: options.life)
    try await goOn(imports)
    let file = try Scratch("stored", life: options.life)
    _ = try await imports.start(.movements, options: settings, path: file.path, name: "\(options.life)")
    // From here on it must not be lost.
    EstoqueFaults.promise("stored\(options.life)")
    file.remove()
    let service = spawn { try await imports.run() }
    try await command(options.life, imports)
    EstoqueFaults.promise("direct\(options.life)")
    try await finish(imports)
    service.cancel()
    try await service.value
    try await database.close()
  }

  static func check(_ options: FaultOptions, promised: [String]) async throws {
    let database = try Database(DatabaseConfiguration(options.database))
    let imports = try imports(database, life: options.life + 1)
    try await goOn(imports)
    let service = spawn { try await imports.run() }
    try await finish(imports)
    service.cancel()
    try await service.value
    let (unbalanced, counts, jobs) = try await database.snapshot { session in
      (
        try session.unbalanced(),
        try session.query(
          "SELECT reference, count(*), count(DISTINCT happened_at) FROM movement GROUP BY reference"
        ) { (try $0[0] as String, try $0[1] as Int, try $0[2] as Int) },
        try session.query(
          "SELECT id, state, done, failed FROM import_job WHERE state <> 'done' OR done <> ?1 OR failed <> ?2",
          lines - wrong, wrong
        ) { "\(try $0[0] as Int): \(try $0[1] as String) \(try $0[2] as Int) \(try $0[3] as Int)" }
      )
    }
    try await database.close()
    let lost = Set(promised).subtracting(counts.map(\.0))
    // Each line has a moment of its own, so that one that is lost does not hide one that is doubled.
    let uneven = counts.filter { $0.1 != lines - wrong || $0.2 != lines - wrong }
    guard unbalanced.isEmpty, lost.isEmpty, uneven.isEmpty, jobs.isEmpty else {
      throw FaultFound(
        description:
          "life \(options.life): unbalanced \(unbalanced), lost \(lost), uneven \(uneven), jobs \(jobs)")
    }
  }

  private static var settings: ImportOptions {
    var options = ImportOptions()
    options.chunk = 7
    return options
  }

  private static func imports(_ database: Database, life: Int) throws -> Imports {
    var configuration = ImportsConfiguration()
    configuration.poll = .milliseconds(5)
    // As if a minute and more had gone by since the last one died: its leases have ended.
    let hence = Int64(life) * 61_000_000
    let now = configuration.clock
    configuration.clock = { now() + hence }
    return try Imports(database, configuration)
  }

  /// What `estoque import FILE` does, again with the same file.
  private static func command(_ life: Int, _ imports: Imports) async throws {
    let file = try Scratch("direct", life: life)
    defer { file.remove() }
    do {
      _ = try await imports.importFile(.movements, options: settings, path: file.path)
    } catch ImportFault.duplicate(_, .done) {}
  }

  /// Repeats the commands that were killed.
  private static func goOn(_ imports: Imports) async throws {
    for state in [ImportState.waiting, .running] {
      for job in try await imports.jobs(limit: 1_000, state: state) where job.isDirect {
        guard let life = job.file.split(separator: "-").dropFirst(2).first.flatMap({ Int($0) }) else {
          continue
        }
        try await command(life, imports)
      }
    }
  }

  /// Waits until nothing is left to be done.
  private static func finish(_ imports: Imports) async throws {
    var left: [ImportJob] = []
    for _ in 0..<20_000 {
      left = try await imports.jobs(limit: 1, state: .waiting) + imports.jobs(limit: 1, state: .running)
      if left.isEmpty { return }
      try await sleep(for: .milliseconds(2))
    }
    throw FaultFound(description: "these jobs do not end: \(left)")
  }

  private static func table(_ name: String, of life: Int) -> String {
    var text = "documento;codigo;quantidade;data\n"
    for line in 0..<lines {
      let quantity = line % (lines / wrong) == 3 ? "x" : "\(line % 9 + 1)"
      let time = "2026-07-\(10 + line / 60) 10:\(10 + line % 60 / 2):\(10 + line % 2)"
      text += "\(name)\(life);P\((life + line) % 37);\(quantity);\(time)\n"
    }
    return text
  }

  /// A file of one life, which its name tells.
  private struct Scratch {
    let path: String

    init(_ name: String, life: Int) throws {
      let folder = FileManager.default.temporaryDirectory
      path = folder.appending(path: "faults-\(name)-\(life)-\(UUID()).csv").path
      try Data(table(name, of: life).utf8).write(to: URL(filePath: path))
    }
    func remove() { try? FileManager.default.removeItem(atPath: path) }
  }
}
