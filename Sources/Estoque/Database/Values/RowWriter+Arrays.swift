extension RowWriter {
  /// The arrays of PostgreSQL with what was written so far, which is forgotten.
  mutating func takeArrays() -> [SQLValue] {
    var taken: [SQLValue] = []
    for index in arrays.indices {
      taken.append(.text("{" + String(decoding: arrays[index], as: UTF8.self) + "}"))
      arrays[index].removeAll(keepingCapacity: true)
    }
    return taken
  }
}

extension [UInt8] {
  /// Adds an element to the text of an array of PostgreSQL; false if the element cannot be stored.
  mutating func append(element: SQLValue) -> Bool {
    if !isEmpty { append(UInt8(ascii: ",")) }
    switch element {
    case .null: append(contentsOf: "NULL".utf8)
    case .integer(let value): append(contentsOf: String(value).utf8)
    case .real(let value): append(contentsOf: value.description.utf8)
    case .text(var text): return text.withUTF8 { append(quoting: $0) }
    case .blob(let blob):
      append(contentsOf: "\"\\\\x".utf8)
      for byte in blob { append(contentsOf: [hexDigit(byte >> 4), hexDigit(byte & 15)]) }
      append(UInt8(ascii: "\""))
    }
    return true
  }

  private mutating func append(quoting text: UnsafeBufferPointer<UInt8>) -> Bool {
    append(UInt8(ascii: "\""))
    for byte in text {
      if byte == 0 { return false }
      if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { append(UInt8(ascii: "\\")) }
      append(byte)
    }
    append(UInt8(ascii: "\""))
    return true
  }
}
