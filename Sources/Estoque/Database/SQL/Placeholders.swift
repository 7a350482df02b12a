/// A statement in PostgreSQL's notation.
struct NumberedStatement: Equatable {
  /// With `$1` for `?1`.
  let text: String
  /// The highest number.
  let parameters: Int

  /// Rewrites placeholders; strings, quoted identifiers and comments stay as they are.
  init(_ source: String) {
    var scanner = PlaceholderScanner(Array(source.utf8))
    scanner.scan()
    text = String(decoding: scanner.output, as: UTF8.self)
    parameters = scanner.highest
  }
}

private struct PlaceholderScanner {
  let input: [UInt8]
  var output: [UInt8] = []
  var highest = 0
  private var position = 0

  init(_ input: [UInt8]) {
    self.input = input
    output.reserveCapacity(input.count)
  }

  mutating func scan() {
    while position < input.count {
      switch input[position] {
      case UInt8(ascii: "'"), UInt8(ascii: "\""): copy(through: [input[position]], from: 1)
      case UInt8(ascii: "-") where next == UInt8(ascii: "-"): copy(through: [UInt8(ascii: "\n")], from: 2)
      case UInt8(ascii: "/") where next == UInt8(ascii: "*"): copy(through: Array("*/".utf8), from: 2)
      case UInt8(ascii: "?") where isDigit(next): number()
      default: copyByte()
      }
    }
  }

  private var next: UInt8? { position + 1 < input.count ? input[position + 1] : nil }
  private func isDigit(_ byte: UInt8?) -> Bool { byte.map { 48...57 ~= $0 } ?? false }

  private mutating func copyByte() {
    output.append(input[position])
    position += 1
  }

  /// Copies up to and with `end`, looked for after `start` bytes. A doubled quotation mark ends one string and begins the next.
  private mutating func copy(through end: [UInt8], from start: Int) {
    for _ in 0..<start { copyByte() }
    while position < input.count {
      if input[position...].starts(with: end) {
        for _ in end { copyByte() }
        return
      }
      copyByte()
    }
  }

  private mutating func number() {
    output.append(UInt8(ascii: "$"))
    position += 1
    var value = 0
    while position < input.count, isDigit(input[position]), value < 1_000_000 {
      value = value * 10 + Int(input[position] - 48)
      copyByte()
    }
    highest = max(highest, value)
  }
}
