/// Parameters in the form that libpq takes: pointers into one buffer, which is kept from statement to statement.
///
/// Everything goes as text, whose type the server infers from where the placeholder stands, except bytes.
struct PostgresBinding {
  private var buffer: [CChar] = []
  /// Where each value starts in the buffer; -1 for NULL.
  private var offsets: [Int] = []
  private var lengths: [Int32] = []
  private var formats: [Int32] = []

  mutating func fill(_ values: [SQLValue], expected: Int, _ text: String) throws(DatabaseError) {
    try DatabaseError.checkParameters(expected: expected, given: values.count, text)
    if values.count > 65_535 {
      throw DatabaseError(.parameters, "\(values.count) parameters are more than PostgreSQL's 65535")
    }
    buffer.removeAll(keepingCapacity: buffer.capacity <= 1 << 20)
    offsets.removeAll(keepingCapacity: true)
    lengths.removeAll(keepingCapacity: true)
    formats.removeAll(keepingCapacity: true)
    for index in values.indices { try add(values[index], number: index + 1) }
  }

  private mutating func add(_ value: SQLValue, number: Int) throws(DatabaseError) {
    let start = buffer.count
    var format: Int32 = 0
    switch value {
    case .null: break
    case .integer(let value): append(String(value))
    case .real(let value): append(value.description)
    case .text(let text):
      append(text)
      if buffer[start...].contains(0) { throw .nul(inParameter: number) }
    case .blob(let blob):
      format = 1
      blob.withUnsafeBytes { buffer.append(contentsOf: $0.assumingMemoryBound(to: CChar.self)) }
    }
    offsets.append(value == .null ? -1 : start)
    lengths.append(Int32(clamping: buffer.count - start))
    formats.append(format)
    buffer.append(0)
  }

  private mutating func append(_ text: String) {
    var text = text
    text.withUTF8 { $0.withMemoryRebound(to: CChar.self) { buffer.append(contentsOf: $0) } }
  }

  /// Calls `body` with what `PQexecPrepared` takes.
  func withPointers<R>(
    _ body: (
      Int32, UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int32>?, UnsafePointer<Int32>?
    ) -> R
  ) -> R {
    buffer.withUnsafeBufferPointer { bytes in
      withUnsafeTemporaryAllocation(of: UnsafePointer<CChar>?.self, capacity: max(1, offsets.count)) {
        pointers in
        for (index, offset) in offsets.enumerated() {
          pointers.initializeElement(at: index, to: offset < 0 ? nil : bytes.baseAddress! + offset)
        }
        return body(Int32(offsets.count), pointers.baseAddress, lengths, formats)
      }
    }
  }
}
