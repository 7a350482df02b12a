import Foundation

/// Bytes as text.
enum Text {
  /// UTF-8, or else windows-1252.
  static func decode(_ bytes: ArraySlice<UInt8>) -> String {
    String(validating: bytes, as: UTF8.self) ?? windows1252(bytes)
  }

  /// Whether a piece of a text is UTF-8, but for a character that its end cuts apart.
  static func isUTF8(_ bytes: ArraySlice<UInt8>) -> Bool {
    let tail = bytes.suffix(3).lastIndex { $0 >= 0xC0 } ?? bytes.endIndex
    return String(validating: bytes, as: UTF8.self) != nil
      || String(validating: bytes[..<tail], as: UTF8.self) != nil
  }

  static func windows1252(_ bytes: some Sequence<UInt8>) -> String {
    var scalars = String.UnicodeScalarView()
    for byte in bytes {
      let value = 0x80...0x9F ~= byte ? windows1252Upper[Int(byte - 0x80)] : UInt32(byte)
      scalars.append(Unicode.Scalar(value) ?? "\u{FFFD}")
    }
    return String(scalars)
  }

  /// 0x80 to 0x9F, where windows-1252 is not Latin 1; the five that it leaves free stay what they are in Latin 1.
  private static let windows1252Upper: [UInt32] = [
    0x20AC, 0x81, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152,
    0x8D, 0x017D, 0x8F,
    0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153,
    0x9D, 0x017E, 0x0178,
  ]

  /// Without spaces and tabs at both ends.
  static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var (start, end) = (bytes.startIndex, bytes.endIndex)
    while start < end, isBlank(bytes[start]) { start += 1 }
    while end > start, isBlank(bytes[end - 1]) { end -= 1 }
    return bytes[start..<end]
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

  /// A name as it is compared with others: lower case, without accents, one blank between words.
  static func folded(_ name: String) -> String {
    var result = ""
    var needsBlank = false
    for scalar in name.decomposedStringWithCompatibilityMapping.lowercased().unicodeScalars {
      if scalar.properties.generalCategory == .nonspacingMark { continue }
      guard scalar.properties.isAlphabetic || scalar.properties.numericType != nil else {
        needsBlank = !result.isEmpty
        continue
      }
      if needsBlank { result += " " }
      needsBlank = false
      result.unicodeScalars.append(scalar)
    }
    return result
  }
}
