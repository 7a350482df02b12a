import EstoqueTables
import RevoadaScheduling

/// Some records of a file in a row.
struct RecordChunk: Sendable {
  /// The number of the first in the file, from 0.
  let first: Int
  let records: [Record]
  /// The number of the one behind the last.
  var end: Int { first + records.count }
}

/// What reading on brings.
enum ReadStep: Sendable {
  case records(RecordChunk)
  /// The file cannot be read on; the records before have come before.
  case fault(any Error)
}

/// Reads a file in chunks of equal size, from some record on.
final class TableChunks: @unchecked Sendable {  // one call at a time
  private let reader: any RecordReader
  private let size: Int
  private let checkpoint: @Sendable (ImportStep) throws -> Void
  private var batch = RecordBatch()
  private var offset = 0
  private var position = 0
  private var fault: (any Error)?
  private var hasEnded = false

  /// Opens a file and skips records; blocks the thread.
  /// - Parameters:
  ///   - position: how many records have been worked on.
  ///   - hasHeader: whether the first record that is not blank has titles: it is skipped in any case.
  init(
    path: String, format: TableFormat, size: Int, position: Int, hasHeader: Bool,
    checkpoint: @escaping @Sendable (ImportStep) throws -> Void
  ) throws {
    reader = try format.open(path: path)
    (self.size, self.checkpoint) = (size, checkpoint)
    var needsHeader = hasHeader && position == 0
    while self.position < position || needsHeader, let record = nextRecord() {
      if needsHeader, !record.isBlank { needsHeader = false }
    }
  }

  /// The next records; nil at the end. Blocks the thread.
  func next() throws -> ReadStep? {
    try checkpoint(.read)
    let first = position
    var records: [Record] = []
    records.reserveCapacity(size)
    while records.count < size, let record = nextRecord() { records.append(record) }
    if !records.isEmpty { return .records(RecordChunk(first: first, records: records)) }
    if let fault {
      self.fault = nil
      return .fault(fault)
    }
    return nil
  }

  private func nextRecord() -> Record? {
    while offset == batch.count {
      if hasEnded { return nil }
      do {
        guard let next = try reader.next(size) else {
          hasEnded = true
          return nil
        }
        (batch, offset) = (next, 0)
      } catch {
        fault = error
        hasEnded = true
        return nil
      }
    }
    defer { (offset, position) = (offset + 1, position + 1) }
    return batch[offset]
  }
}

/// The chunks of a file, read ahead on a thread that may block.
struct ReadSteps: AsyncSequence, Sendable {
  let chunks: TableChunks

  func makeAsyncIterator() -> Iterator { Iterator(chunks: chunks) }

  struct Iterator: AsyncIteratorProtocol {
    let chunks: TableChunks

    func next() async throws -> ReadStep? { try await offload { [chunks] in try chunks.next() } }
  }
}
