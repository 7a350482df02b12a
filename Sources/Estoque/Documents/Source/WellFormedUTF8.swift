extension [UInt8] {
  /// Whether the bytes are well-formed UTF-8 (The Unicode Standard, table 3-7).
  ///
  /// As `String(validating:)` has it, without a copy of the file.
  var isUTF8: Bool {
    withUnsafeBytes { bytes in
      var index = 0
      while index < bytes.count {
        // Many ASCII characters at once: nearly all of a document.
        if index + 32 <= bytes.count,
          bytes.loadUnaligned(fromByteOffset: index, as: SIMD4<UInt64>.self) & 0x8080_8080_8080_8080 == .zero
        {
          index += 32
          continue
        }
        if index + 8 <= bytes.count,
          bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
        {
          index += 8
          continue
        }
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch bytes[index] {
        case 0...0x7F: length = 1
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: length = 3
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: length = 4
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: return false
        }
        guard index + length <= bytes.count, length == 1 || second.contains(bytes[index + 1]) else {
          return false
        }
        for rest in 2..<Swift.max(2, length) where bytes[index + rest] & 0xC0 != 0x80 { return false }
        index += length
      }
      return true
    }
  }
}
