import EstoqueDatabase
import EstoqueIntake
import EstoqueSamples
import EstoqueStock
import Foundation
import Revoada

/// The intake of invoices, duplicates and cancellations.
enum IntakeFaults: FaultSubject {
  private static let perLife = 40

  static func prepare(_ options: FaultOptions) async throws {
    let database = try Database(DatabaseConfiguration(options.database))
    try await database.migrate(Schema.migrations + IntakeSchema.migrations)
    try await database.close()
  }

  static func live(_ options: FaultOptions) async throws {
    let database = try Database(DatabaseConfiguration(options.database))
    let intake = try intake(database, life: options.life)
    // What others have left, and at the same time what comes.
    async let rest = intake.process()
    let files = try documents(of: options.life, seed: options.seed)
    for start in stride(from: 0, to: files.count, by: 15) {
      let group = files[start..<min(start + 15, files.count)]
      _ = try await intake.submit(
        group.map { IntakeFile(name: $0.name, bytes: $0.bytes) }, from: .upload)
      // From here on it must not be lost.
      EstoqueFaults.promise(group.map(\.name))
    }
    _ = try await rest
    try await intake.process()
    try await database.close()
  }

  static func check(_ options: FaultOptions, promised: [String]) async throws {
    let database = try Database(DatabaseConfiguration(options.database))
    let intake = try intake(database, life: options.life + 1)
    // PostgreSQL may not have noticed yet that the last ones have died, whose transactions nobody can claim from.
    for _ in 0..<500 {
      try await intake.process()
      if try await intake.counts()[.waiting] == nil { break }
      try await sleep(for: .milliseconds(10))
    }
    let books = try await database.snapshot { session in
      (
        unbalanced: try session.unbalanced(),
        counts: try session.intakeCounts(),
        files: try session.query("SELECT DISTINCT file FROM intake") { try $0[0] as String },
        // What each key has moved: once as many lines as it has items, and once undone if it was cancelled.
        wrong: try session.query(
          """
          SELECT n.key FROM nfe n JOIN intake d ON d.id = n.intake
          WHERE (SELECT count(*) FROM movement m WHERE m.posting = n.posting) <> d.items
            OR (SELECT count(*) FROM movement r JOIN movement m ON r.reverses = m.id WHERE m.posting = n.posting)
              <> CASE WHEN n.cancelled_at IS NULL THEN 0 ELSE d.items END
          """
        ) { try $0[0] as String },
        stray: try session.value(
          """
          SELECT count(*) FROM posting p
          WHERE NOT EXISTS (SELECT 1 FROM nfe n WHERE n.posting = p.id OR n.reversal = p.id)
          """, as: Int.self) ?? 0,
        keys: try session.value("SELECT count(*) FROM nfe", as: Int.self) ?? 0,
        late: try session.value(
          "SELECT count(*) FROM nfe_event e JOIN nfe n ON n.key = e.key WHERE e.state = 'waiting'",
          as: Int.self
        ) ?? 0
      )
    }
    try await database.close()
    let lost = Set(promised).subtracting(books.files)
    let unknown = books.counts.keys.filter { ![.accepted, .duplicate, .event].contains($0) }
    guard books.unbalanced.isEmpty, lost.isEmpty, unknown.isEmpty, books.wrong.isEmpty, books.stray == 0,
      books.late == 0, books.keys == books.counts[.accepted, default: 0]
    else {
      throw FaultFound(
        description: """
          life \(options.life): unbalanced \(books.unbalanced), lost \(lost.sorted()), states \(books.counts), \
          wrong \(books.wrong), stray postings \(books.stray), keys \(books.keys), late \(books.late)
          """)
    }
  }

  private static func intake(_ database: Database, life: Int) throws -> Intake {
    var configuration = IntakeConfiguration(companies: [SampleCompany.own.cnpj])
    configuration.slice = 8
    // No document is to blame for the deaths of those who held it.
    configuration.attempts = .max
    // As if a minute and more had gone by since the last one died: its leases have ended.
    let hence = Int64(life) * 61_000_000
    configuration.clock = { WallClock.now() + hence }
    return try Intake(database, configuration)
  }

  /// The same for the same life: invoices, some of them twice, and cancellations of some, before or after them.
  private static func documents(of life: Int, seed: UInt64) throws -> [(name: String, bytes: [UInt8])] {
    var trade = SampleTrade(seed: seed &* 1_000_003 &+ UInt64(life))
    var files: [(String, [UInt8])] = []
    for index in 0..<perLife {
      let invoice = try trade.invoice(life * perLife + index, items: 1 + index % 4)
      let name = "\(life)-\(index)"
      if index % 8 == 3 {
        files.append(("\(name)-early.xml", SampleEvent(of: try invoice.key, type: 110_111).bytes()))
      }
      files.append(("\(name).xml", try invoice.bytes()))
      if index % 5 == 0 { files.append(("\(name)-again.xml", try invoice.bytes())) }
      if index % 8 == 7 {
        files.append(("\(name)-cancel.xml", SampleEvent(of: try invoice.key, type: 110_111).bytes()))
      }
    }
    return files
  }
}
