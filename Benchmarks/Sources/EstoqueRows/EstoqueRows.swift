import EstoqueDocuments
import EstoqueSamples
import Foundation
import RowKit

/// The rows of Estoque: `EstoqueRows ROW N`, on the documents of the folder `NFE_FILES`.
///
/// `EstoqueRows write N` fills that folder with generated documents, for machines without real ones.
@main enum EstoqueRows {
  static let folder = URL(
    filePath: ProcessInfo.processInfo.environment["NFE_FILES"] ?? "../shared/data/nfe/samples")

  static func main() async throws {
    if CommandLine.arguments.dropFirst().first == "write" { return try write() }
    try await RowProgram([
      // One operation: an invoice parsed and validated, over all invoices in turn.
      "nfe parse+validate": .timed { try parse($0, sizes: 0...Int.max) },
      // The same with those of 12 to 18 KB.
      "nfe parse+validate 15 KB": .timed { try parse($0, sizes: 12_000...18_000) },
      // One operation: a generated invoice of five items from its bytes to committed stock, in a new file of SQLite.
      "nfe intake to stock": .init(unit: "ns") { try await IntakeRow(invoices: $0).run() },
      // One operation: a line of a table of sales, from the file to committed stock, in a new file of SQLite.
      "import line to stock": .init(unit: "ns") { try await ImportRow(lines: $0).run() },
      // The same in the database of PostgreSQL that BENCH_POSTGRES names, all of whose tables are removed.
      "import line to stock, PostgreSQL": .init(unit: "ns") {
        try await ImportRow(
          lines: $0, server: ProcessInfo.processInfo.environment["BENCH_POSTGRES"] ?? "postgres://"
        ).run()
      },
    ]).run()
  }

  private static func parse(_ n: Int, sizes: ClosedRange<Int>) throws {
    let documents = try files().filter { sizes.contains($0.count) }
    try expect("folders without documents", documents.isEmpty ? 1 : 0, 0)
    let parser = DocumentParser()
    let once = documents.map { items($0, parser) }
    var parsed = 0
    for index in 0..<n { parsed += items(documents[index % documents.count], parser) }
    let rounds = n / documents.count
    let want = rounds * once.reduce(0, +) + once[..<(n % documents.count)].reduce(0, +)
    try expect("items", parsed, want)
  }

  /// How many items an invoice has; none if it is refused.
  private static func items(_ file: [UInt8], _ parser: DocumentParser) -> Int {
    guard let parsed = try? parser.parse(file) else { return 0 }
    return parsed.documents.reduce(0) { sum, document in
      if case .invoice(let invoice) = document.content { sum + invoice.items.count } else { sum }
    }
  }

  /// The invoices of the folder, by name; events are left out.
  private static func files() throws -> [[UInt8]] {
    try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
      .filter { $0.pathExtension == "xml" }.sorted { $0.path < $1.path }
      .map { try Data(contentsOf: $0) }
      .filter { $0.range(of: Data("<infNFe".utf8)) != nil }.map([UInt8].init)
  }

  private static func write() throws {
    guard CommandLine.arguments.count == 3, let count = Int(CommandLine.arguments[2]), count > 0 else {
      throw Usage()
    }
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    var trade = SampleTrade(seed: 2026)
    for number in 1...count {
      let invoice = try trade.invoice(number)
      try Data(invoice.bytes()).write(to: folder.appending(path: "\(try invoice.key)-nfe.xml"))
    }
  }

  private struct Usage: Error, CustomStringConvertible {
    let description = "usage: NFE_FILES=folder EstoqueRows write N"
  }
}
