import EstoqueDatabase
import EstoqueTables

/// A table as delimited text, however long, in pieces of some 64 KiB that are made as they are asked for.
///
/// Whoever reads slowly slows the statement down; nothing piles up. Whoever stops, or is cancelled, stops the statement. Each iteration reads anew.
public struct DelimitedStream: AsyncSequence, Sendable {
  private static let piece = 64 * 1024
  let rows: RowStream<[UInt8]>
  let head: [UInt8]

  init(_ table: ExportTable, _ style: ExportStyle, _ days: LocalDays, _ database: Database) {
    let format = DelimitedRows(table, style, days)
    head = format.head
    rows = database.rows(table.sql, values: table.values) { row in
      var writer = format.writer()
      writer.reserve(256)
      try format.append(row, to: &writer)
      return writer.take()
    }
  }

  /// Starts an iteration.
  public func makeAsyncIterator() -> Iterator { Iterator(rows: rows.makeAsyncIterator(), next: head) }

  /// Hands out pieces.
  public struct Iterator: AsyncIteratorProtocol {
    fileprivate var rows: RowStream<[UInt8]>.Iterator
    fileprivate var next: [UInt8]?

    /// The next piece.
    /// - Throws: what reading the rows throws.
    nonisolated(nonsending)
      public mutating func next() async throws -> ArraySlice<UInt8>?
    {
      guard var bytes = next else { return nil }
      bytes.reserveCapacity(DelimitedStream.piece + 4096)
      while bytes.count < DelimitedStream.piece {
        guard let row = try await rows.next() else {
          next = nil
          return bytes[...]
        }
        bytes += row
      }
      next = []
      return bytes[...]
    }
  }
}
