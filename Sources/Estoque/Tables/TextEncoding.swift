/// How a file's text is encoded, as its first bytes tell. What has no mark is UTF-8 or windows-1252, which is decided cell by cell.
enum TextEncoding: Equatable {
  case unmarked
  case utf8
  case utf16LittleEndian
  case utf16BigEndian

  /// The encoding, and the length of its mark.
  static func detect(_ start: ArraySlice<UInt8>) -> (TextEncoding, mark: Int) {
    if start.starts(with: [0xEF, 0xBB, 0xBF]) { return (.utf8, 3) }
    if start.starts(with: [0xFF, 0xFE]) { return (.utf16LittleEndian, 2) }
    if start.starts(with: [0xFE, 0xFF]) { return (.utf16BigEndian, 2) }
    return (.unmarked, 0)
  }
}

/// Turns UTF-16, which spreadsheets write as "Unicode text", into UTF-8 piece by piece.
struct UTF16Transcoder {
  private let isBigEndian: Bool
  /// The first byte of a unit, and the first unit of a pair, that the pieces cut apart.
  private var oddByte: UInt8?
  private var highSurrogate: UInt16?

  init(isBigEndian: Bool) { self.isBigEndian = isBigEndian }

  /// What is wrong in the text becomes U+FFFD.
  mutating func utf8(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    func append(_ scalar: Unicode.Scalar) { result.append(contentsOf: UTF8.encode(scalar).unsafelyUnwrapped) }
    for byte in bytes {
      guard let first = oddByte else {
        oddByte = byte
        continue
      }
      oddByte = nil
      let unit = isBigEndian ? UInt16(first) << 8 | UInt16(byte) : UInt16(byte) << 8 | UInt16(first)
      if let high = highSurrogate {
        highSurrogate = nil
        if UTF16.isTrailSurrogate(unit) {
          let value = 0x10000 + (UInt32(high & 0x3FF) << 10 | UInt32(unit & 0x3FF))
          append(Unicode.Scalar(value) ?? "\u{FFFD}")
          continue
        }
        append("\u{FFFD}")
      }
      if UTF16.isLeadSurrogate(unit) {
        highSurrogate = unit
      } else {
        append(Unicode.Scalar(unit) ?? "\u{FFFD}")
      }
    }
    return result
  }
}
