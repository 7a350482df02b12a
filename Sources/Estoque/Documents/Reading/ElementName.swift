/// An element's name in two words, so that comparing names is comparing numbers.
///
/// No name that matters is longer than sixteen bytes; longer ones are all the same name, of nothing.
struct ElementName: Hashable, Sendable {
  private var low: UInt64 = 0
  private var high: UInt64 = 0

  /// Reads a C string; the parser hands over names of at least one byte.
  init(_ name: UnsafePointer<UInt8>) {
    var index = 0
    while index < 8 {
      let byte = name[index]
      if byte == 0 { return }
      low |= UInt64(byte) << UInt64(index * 8)
      index += 1
    }
    while index < 16 {
      let byte = name[index]
      if byte == 0 { return }
      high |= UInt64(byte) << UInt64((index - 8) * 8)
      index += 1
    }
    if name[16] != 0 { (low, high) = (0, 0) }
  }

  init(_ name: String) {
    precondition((1...16).contains(name.utf8.count), "the grammar's names have 1 to 16 bytes")
    for (index, byte) in name.utf8.enumerated() {
      if index < 8 {
        low |= UInt64(byte) << UInt64(index * 8)
      } else {
        high |= UInt64(byte) << UInt64((index - 8) * 8)
      }
    }
  }
}
