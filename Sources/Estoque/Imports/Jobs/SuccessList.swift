import EstoqueStock

/// The good lines of a chunk in a few bytes each: how far each line is from the one before, what was done, and with which product.
struct SuccessList {
  private(set) var bytes: [UInt8] = []
  private(set) var count = 0
  private var lastLine = 0

  struct Entry: Equatable {
    let line: Int
    let effect: ImportSuccess.Effect
    let product: Product.ID
  }

  mutating func append(_ entry: Entry) {
    append(entry.line - lastLine)
    bytes.append(entry.effect.rawValue)
    append(Int(entry.product.rawValue))
    lastLine = entry.line
    count += 1
  }

  /// Seven bits a byte, the lowest first; the eighth says that more follow.
  private mutating func append(_ number: Int) {
    var rest = UInt64(bitPattern: Int64(number))
    while rest > 0x7F {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  /// What a list's bytes say; nothing behind what is damaged.
  static func entries(_ bytes: [UInt8]) -> [Entry] {
    var (entries, index, line) = ([Entry](), 0, 0)
    func number() -> Int? {
      var (value, shift): (UInt64, UInt64) = (0, 0)
      while index < bytes.count, shift < 64 {
        let byte = bytes[index]
        index += 1
        value |= UInt64(byte & 0x7F) << shift
        if byte < 0x80 { return Int(Int64(bitPattern: value)) }
        shift += 7
      }
      return nil
    }
    while index < bytes.count, let distance = number(), index < bytes.count,
      let effect = ImportSuccess.Effect(rawValue: bytes[index])
    {
      index += 1
      guard let product = number() else { break }
      line += distance
      entries.append(Entry(line: line, effect: effect, product: Product.ID(rawValue: Int64(product))))
    }
    return entries
  }
}
