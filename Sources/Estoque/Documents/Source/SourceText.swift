/// A file's bytes as UTF-8, checked so far as one can without parsing them.
struct SourceText {
  /// The bytes, from the first behind the byte order mark at ``start`` on.
  let bytes: [UInt8]
  /// Where the document begins.
  let start: Int
  /// Whether the encoding had to be assumed.
  let assumedEncoding: Bool

  init(_ file: [UInt8], limits: Limits) throws(Refusal) {
    guard !file.isEmpty else { throw Refusal(.empty) }
    // The parser counts bytes in an Int32.
    let limit = min(limits.fileBytes, Int(Int32.max))
    guard file.count <= limit else { throw Refusal(.tooLarge(bytes: file.count, limit: limit)) }
    if let wide = Self.wideEncoding(file) { throw Refusal(.encoding(wide)) }
    let hasMark = file.starts(with: [0xEF, 0xBB, 0xBF])
    let start = hasMark ? 3 : 0
    let declared = try Prolog.check(file[start...])

    switch declared.map(Encoding.init(name:)) {
    case nil where hasMark, .utf8:
      guard file.isUTF8 else { throw Refusal(.notUTF8) }
      (bytes, assumedEncoding) = (file, false)
    case nil:
      // Without a declaration it has to be UTF-8; what is not was written by a program that forgot to
      // say windows-1252, the only other encoding in use.
      assumedEncoding = !file.isUTF8
      bytes = assumedEncoding ? Windows1252.utf8(file) : file
    case .windows1252:
      guard !hasMark else {
        guard file.isUTF8 else { throw Refusal(.notUTF8) }
        (bytes, self.start, assumedEncoding) = (file, start, false)
        return
      }
      (bytes, assumedEncoding) = (Windows1252.utf8(file), false)
    case .other(let name):
      throw Refusal(.encoding(name))
    }
    self.start = start
    guard !Self.hasLongRun(bytes, limit: limits.textBytes) else {
      throw Refusal(.textTooLong(limit: limits.textBytes))
    }
  }

  /// UTF-16, UTF-32 and EBCDIC, by their marks or by how they write `<?` (XML 1.0, appendix F).
  private static func wideEncoding(_ file: [UInt8]) -> String? {
    let first = (file[0], file.count > 1 ? file[1] : 1)
    switch first {
    case (0xFE, 0xFF), (0xFF, 0xFE), (0x00, _), (_, 0x00): return "UTF-16"
    case (0x4C, 0x6F): return "EBCDIC"
    default: return nil
    }
  }

  /// Whether there are more than `limit` bytes without a `<`.
  ///
  /// The parser's time is quadratic in the attributes of one tag, and no event tells of them before.
  /// Looks backwards from each limit, so that a file shorter than it costs nothing.
  private static func hasLongRun(_ bytes: [UInt8], limit: Int) -> Bool {
    var position = 0
    while bytes.count - position > limit {
      guard let next = bytes[(position + 1)...(position + limit)].lastIndex(of: UInt8(ascii: "<")) else {
        return true
      }
      position = next
    }
    return false
  }
}

/// Encodings by the names in a declaration.
private enum Encoding {
  case utf8
  case windows1252
  case other(String)

  init(name: String) {
    switch name.lowercased() {
    case "utf-8", "utf8", "us-ascii", "ascii": self = .utf8
    case "iso-8859-1", "iso8859-1", "iso_8859-1", "latin1", "latin-1", "windows-1252", "cp1252",
      "cp-1252":
      self = .windows1252
    default: self = .other(name)
    }
  }
}
