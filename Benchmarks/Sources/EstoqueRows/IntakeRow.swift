import EstoqueDatabase
import EstoqueIntake
import EstoqueSamples
import EstoqueStock
import Foundation
import RowKit

/// Invoices with distinct keys, handed in a hundred at a time, while the workers post them.
struct IntakeRow: Sendable {
  let invoices: Int

  /// - Returns: nanoseconds an invoice.
  func run() async throws -> Double {
    let path = FileManager.default.temporaryDirectory.appending(path: "intake-\(UUID()).db").path
    defer {
      for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
    }
    let database = try Database(.sqlite(path))
    try await database.migrate(Schema.migrations + IntakeSchema.migrations)
    let intake = try Intake(database, IntakeConfiguration(companies: [SampleCompany.own.cnpj]))
    var trade = SampleTrade(seed: 2026)
    var files: [IntakeFile] = []
    for number in 1...invoices {
      files.append(IntakeFile(name: "\(number).xml", bytes: try trade.invoice(number, items: 5).bytes()))
    }
    let start = ContinuousClock.now
    let service = Task { try await intake.run() }
    for first in stride(from: 0, to: files.count, by: 100) {
      let group = Array(files[first..<min(first + 100, files.count)])
      _ = try await intake.submit(group, from: .upload)
    }
    while try await intake.counts()[.waiting] != nil { try await Task.sleep(for: .milliseconds(1)) }
    let time = start.duration(to: .now)
    intake.shutdown()
    try await service.value
    let (accepted, movements, unbalanced) = try await database.read { session in
      (
        try session.intakeCounts()[.accepted] ?? 0,
        try session.value("SELECT count(*) FROM movement", as: Int.self) ?? 0,
        try session.unbalanced().count
      )
    }
    try await database.close()
    try expect("accepted invoices", accepted, invoices)
    try expect("movements", movements, invoices * 5)
    try expect("products out of balance", unbalanced, 0)
    return time / .nanoseconds(1) / Double(invoices)
  }
}
