/// The encoding of Windows in western Europe, and in practice of everything that says ISO-8859-1.
///
/// The two differ in 0x80–0x9F, which ISO-8859-1 leaves to control characters that no document means;
/// so the WHATWG Encoding Standard reads both alike, and so is it done here.
enum Windows1252 {
  /// The bytes as UTF-8.
  static func utf8(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count + bytes.count / 8)
    for byte in bytes {
      if byte < 0x80 {
        result.append(byte)
      } else {
        let scalar = byte < 0xA0 ? high[Int(byte) - 0x80] : UInt32(byte)
        result.append(contentsOf: Character(Unicode.Scalar(scalar) ?? "\u{FFFD}").utf8)
      }
    }
    return result
  }

  // 0x80–0x9F; the five bytes that mean nothing stay control characters, as the standard has it.
  private static let high: [UInt32] = [
    0x20AC, 0x81, 0x201A, 0x192, 0x201E, 0x2026, 0x2020, 0x2021, 0x2C6, 0x2030, 0x160, 0x2039, 0x152, 0x8D,
    0x17D, 0x8F, 0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x2DC, 0x2122, 0x161, 0x203A,
    0x153, 0x9D, 0x17E, 0x178,
  ]
}
