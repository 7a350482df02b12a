/// The parameters behind the question mark of an address.
enum Query {
  /// Reads `a=b&c=d%20e+f`. Of a name that is there twice, or what is no UTF-8, nothing can be made.
  static func parse(_ text: String) throws(Problem) -> [String: String] {
    var values: [String: String] = [:]
    for part in text.utf8.split(separator: UInt8(ascii: "&")) {
      let name = part.prefix { $0 != UInt8(ascii: "=") }
      let (key, value) = (decode(name), decode(part.dropFirst(name.count + 1)))
      guard let key, let value, values.updateValue(value, forKey: key) == nil else {
        throw .malformed("os parâmetros do endereço não podem ser lidos")
      }
    }
    return values
  }

  private static func decode(_ part: Substring.UTF8View) -> String? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(part.count)
    var rest = part
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "+"): bytes.append(32)
      case UInt8(ascii: "%"):
        guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else {
          return nil
        }
        bytes.append(high << 4 | low)
      default: bytes.append(byte)
      }
    }
    return String(validating: bytes, as: UTF8.self)
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 48...57: byte - 48
    case 65...70: byte - 55
    case 97...102: byte - 87
    default: nil
    }
  }
}
