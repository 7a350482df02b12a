import EstoqueDatabase
import EstoqueStock
import EstoqueTables
import RevoadaScheduling

/// In which form a list is written.
public enum ImportReportFormat: String, Sendable, CaseIterable {
  /// For spreadsheets: semicolons, a byte order mark, and nothing that they would take for a formula.
  case csv
  /// An array of objects.
  case json
}

/// A list of lines, written piece by piece as it is read.
public typealias ImportReport = AsyncThrowingStream<[UInt8], any Error>

extension Imports {
  /// The lines of a job that failed, in the order of the file; each with its cells, so that it can be mended and imported again.
  /// - Throws: ``ImportFault/unknownJob(_:)``.
  public func failures(of id: ImportJob.ID, as format: ImportReportFormat) async throws -> ImportReport {
    let job = try await job(id)
    let rows = database.rows(
      "SELECT line, code, reason, record FROM import_failure WHERE job = ?1 ORDER BY line", id
    ) { row in
      ImportFailure(
        line: try row[0], code: try row[1], reason: try row[2], record: try decodedCells(row[3]))
    }
    return report(
      format, titles: ["linha", "código do erro", "motivo"] + job.header, batches: Batches(rows)
    ) { failure in
      ["\(failure.line)", failure.code, failure.reason] + failure.record
    }
  }

  /// The lines of a job that were imported, in the order of the file.
  /// - Throws: ``ImportFault/unknownJob(_:)``.
  public func successes(of id: ImportJob.ID, as format: ImportReportFormat) async throws -> ImportReport {
    _ = try await job(id)
    return report(
      format, titles: ["linha", "resultado", "produto", "código", "nome"],
      batches: SuccessBatches(database, id)
    ) { success in
      ["\(success.line)", success.effect.brazilian, "\(success.product)", success.code, success.name]
    }
  }

  private func report<Source: ReportSource>(
    _ format: ImportReportFormat, titles: [String], batches: Source,
    cells: @escaping @Sendable (Source.Line) -> [String]
  ) -> ImportReport {
    let writer = ReportWriter(format, titles, batches, cells)
    return ImportReport { try await writer.next() }
  }
}

/// Where the lines of a list come from.
private protocol ReportSource: SendableMetatype {
  associatedtype Line: Encodable & Sendable
  /// Some lines; nil at the end.
  mutating func next() async throws -> [Line]?
}

/// Writes what a source has.
private final class ReportWriter<Source: ReportSource>: @unchecked Sendable {  // one call at a time
  private var source: Source
  private var csv: DelimitedWriter?
  private var begin: [UInt8]
  private var isFirst = true
  private var hasEnded = false
  private let cells: @Sendable (Source.Line) -> [String]

  init(
    _ format: ImportReportFormat, _ titles: [String], _ source: Source,
    _ cells: @escaping @Sendable (Source.Line) -> [String]
  ) {
    (self.source, self.cells) = (source, cells)
    switch format {
    case .csv:
      var writer = DelimitedWriter()
      writer.append(record: titles)
      begin = writer.take()
      csv = writer
    case .json: begin = Array("[".utf8)
    }
  }

  func next() async throws -> [UInt8]? {
    if !begin.isEmpty {
      defer { begin = [] }
      return begin
    }
    if hasEnded { return nil }
    guard let lines = try await source.next() else {
      hasEnded = true
      return csv == nil ? Array("\n]\n".utf8) : nil
    }
    if csv != nil {
      for line in lines { csv?.append(record: cells(line)) }
      return csv?.take()
    }
    var bytes: [UInt8] = []
    for line in lines {
      bytes.append(contentsOf: (isFirst ? "\n" : ",\n").utf8)
      isFirst = false
      bytes.append(contentsOf: try encoded(line).utf8)
    }
    return bytes
  }
}

/// The rows of a statement, some at a time.
private struct Batches<Line: Encodable & Sendable>: ReportSource {
  private var rows: RowStream<Line>.Iterator

  init(_ rows: RowStream<Line>) { self.rows = rows.makeAsyncIterator() }

  mutating func next() async throws -> [Line]? {
    var lines: [Line] = []
    while lines.count < 256, let line = try await rows.next() { lines.append(line) }
    return lines.isEmpty ? nil : lines
  }
}

/// The good lines, chunk by chunk.
private struct SuccessBatches: ReportSource {
  private let database: Database
  private let job: ImportJob.ID
  private var first = -1

  init(_ database: Database, _ job: ImportJob.ID) { (self.database, self.job) = (database, job) }

  mutating func next() async throws -> [ImportSuccess]? {
    let (job, last) = (job, first)
    let chunk: (first: Int, lines: [ImportSuccess])? = try await database.snapshot { session in
      let found = try session.first(
        "SELECT first, successes FROM import_chunk WHERE job = ?1 AND first > ?2 ORDER BY first LIMIT 1", job,
        last
      ) { row in (try row[0] as Int, try row[1] as [UInt8]) }
      guard let found else { return nil }
      let entries = SuccessList.entries(found.1)
      let names = try session.productNames(Set(entries.map(\.product)))
      let lines = entries.map { entry in
        let (code, name) = names[entry.product] ?? ("", "")
        return ImportSuccess(
          line: entry.line, effect: entry.effect, product: entry.product.rawValue, code: code, name: name)
      }
      return (found.0, lines)
    }
    if let chunk { first = chunk.first }
    return chunk?.lines
  }
}

extension Session {
  fileprivate func productNames(_ ids: Set<Product.ID>) throws -> [Product.ID: (code: String, name: String)] {
    let rows = try query(in: ids, { "SELECT id, code, name FROM product WHERE id IN (\($0))" }) { row in
      (try row[0] as Product.ID, (code: try row[1] as String, name: try row[2] as String))
    }
    return Dictionary(rows) { $1 }
  }
}
