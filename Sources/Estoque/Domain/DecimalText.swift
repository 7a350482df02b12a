/// How decimals are written: by NF-e documents and by people.
@usableFromInline enum DecimalText {
  private static let zero = UInt8(ascii: "0")
  private static let comma = UInt8(ascii: ",")
  private static let point = UInt8(ascii: ".")

  /// Reads `digits[.digits]` and scales it by ten to the power of `fractionDigits`.
  @usableFromInline
  static func document(
    _ text: Span<UInt8>, fractionDigits: Int, integerDigits: Int
  ) throws(DecimalError) -> Int128 {
    guard !text.isEmpty else { throw .empty }
    var value: Int128 = 0
    var index = 0
    var significant = 0
    while index < text.count {
      let digit = text[index] &- zero
      if digit > 9 { break }
      if significant > 0 || digit > 0 { significant += 1 }
      guard significant <= integerDigits else { throw .overflow(integerDigits: integerDigits) }
      value = value &* 10 &+ Int128(digit)
      index += 1
    }
    guard index > 0 else { throw .malformed }
    var decimals = 0
    if index < text.count {
      guard text[index] == point, index + 1 < text.count else { throw .malformed }
      index += 1
      while index < text.count {
        let digit = text[index] &- zero
        guard digit <= 9 else { throw .malformed }
        guard decimals < fractionDigits else { throw .tooManyDecimals(limit: fractionDigits) }
        value = value &* 10 &+ Int128(digit)
        decimals += 1
        index += 1
      }
    }
    while decimals < fractionDigits {
      value = value &* 10
      decimals += 1
    }
    return value
  }

  /// Reads what a person typed; see ``ExactDecimal/init(brazilian:)``.
  static func brazilian(
    _ text: String, fractionDigits: Int, integerDigits: Int
  ) throws(DecimalError) -> Int128 {
    var body = Substring(text).trimmingBlanks
    var negative = false
    func takeSign() {
      guard let sign = body.first, sign == "-" || sign == "+" || sign == "−" else { return }
      negative = sign != "+"
      body = body.dropFirst().trimmingBlanks
    }
    takeSign()
    if body.hasPrefix("R$") {
      body = body.dropFirst(2).trimmingBlanks
      takeSign()
    }
    let bytes = Array(body.utf8)
    guard bytes.contains(where: { $0 &- zero <= 9 }) else { throw bytes.isEmpty ? .empty : .malformed }

    let commas = bytes.indices.filter { bytes[$0] == comma }
    let points = bytes.indices.filter { bytes[$0] == point }
    guard commas.count <= 1 else { throw .malformed }
    let separator: Int?
    if let only = commas.first {
      guard points.isEmpty || separatesThousands(points, end: only, bytes) else { throw .malformed }
      separator = only
    } else if points.isEmpty || separatesThousands(points, end: bytes.count, bytes) {
      separator = nil
    } else {
      guard points.count == 1 else { throw .malformed }
      separator = points[0]
    }

    // Rewritten in the form of the documents, which is then read in the one place that reads digits.
    var plain = bytes[..<(separator ?? bytes.count)].filter { $0 != point }
    if plain.isEmpty { plain = [zero] }
    if let separator, separator + 1 < bytes.count {
      plain.append(point)
      plain += bytes[(separator + 1)...]
    }
    let value = try document(plain.span, fractionDigits: fractionDigits, integerDigits: integerDigits)
    return negative ? -value : value
  }

  /// Whether `points` cut the digits in front of `end` into thousands.
  private static func separatesThousands(_ points: [Int], end: Int, _ bytes: [UInt8]) -> Bool {
    guard let first = points.first, (1...3).contains(first), bytes[0] != zero else { return false }
    return zip(points, points.dropFirst() + [end]).allSatisfy { $1 - $0 == 4 }
  }

  /// Writes `1234.5600`.
  static func document(_ scaled: Int128, fractionDigits: Int) -> String {
    let (integer, fraction) = parts(scaled, fractionDigits)
    return (scaled < 0 ? "-" : "") + integer + "." + fraction
  }

  /// Writes `1.234,56`, and at least `shown` decimals.
  static func brazilian(_ scaled: Int128, fractionDigits: Int, shown: Int) -> String {
    let (integer, fraction) = parts(scaled, fractionDigits)
    var text = scaled < 0 ? "-" : ""
    for (index, digit) in integer.enumerated() {
      if index > 0, (integer.utf8.count - index).isMultiple(of: 3) { text.append(".") }
      text.append(digit)
    }
    var decimals = Substring(fraction)
    while decimals.utf8.count > shown, decimals.last == "0" { decimals.removeLast() }
    return decimals.isEmpty ? text : text + "," + decimals
  }

  private static func parts(_ scaled: Int128, _ fractionDigits: Int) -> (String, String) {
    let digits = String(scaled.magnitude)
    let missing = max(0, fractionDigits + 1 - digits.utf8.count)
    let padded = String(repeating: "0", count: missing) + digits
    return (String(padded.dropLast(fractionDigits)), String(padded.suffix(fractionDigits)))
  }
}

extension Substring {
  /// Without the blanks around it, the no-break ones included that spreadsheets write.
  var trimmingBlanks: Substring {
    var text = self
    while let first = text.first, first.isWhitespace { text.removeFirst() }
    while let last = text.last, last.isWhitespace { text.removeLast() }
    return text
  }
}
