/// What stands in front of the root element, read before any parser sees the file.
enum Prolog {
  /// Refuses a document type and what is no XML; answers the declared encoding.
  static func check(_ document: ArraySlice<UInt8>) throws(Refusal) -> String? {
    var rest = document
    let declared = rest.starts(with: "<?xml".utf8) ? encoding(in: upTo("?>", &rest)) : nil
    while true {
      rest = rest.drop { $0 == 0x20 || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 }
      if rest.starts(with: "<!--".utf8) {
        _ = upTo("-->", &rest)
      } else if rest.starts(with: "<?".utf8) {
        _ = upTo("?>", &rest)
      } else {
        break
      }
    }
    let start = String(decoding: rest.prefix(9), as: UTF8.self).uppercased()
    if start == "<!DOCTYPE" { throw Refusal(.documentType) }
    guard start.isEmpty || start.hasPrefix("<") else { throw Refusal(.notXML(kind(of: document))) }
    return declared
  }

  /// Takes everything up to and with `end` off `rest`; all of it where there is no end.
  private static func upTo(_ end: String, _ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let mark = Array(end.utf8)
    var index = rest.startIndex
    while index <= rest.endIndex - mark.count {
      if rest[index..<(index + mark.count)].elementsEqual(mark) {
        defer { rest = rest[(index + mark.count)...] }
        return rest[..<index]
      }
      index += 1
    }
    defer { rest = rest[rest.endIndex...] }
    return rest
  }

  private static func encoding(in declaration: ArraySlice<UInt8>) -> String? {
    let text = String(decoding: declaration, as: UTF8.self)
    guard let name = text.firstRange(of: "encoding") else { return nil }
    var rest = text[name.upperBound...].drop { $0.isWhitespace }
    guard rest.popFirst() == "=" else { return nil }
    rest = rest.drop { $0.isWhitespace }
    guard let quote = rest.popFirst(), quote == "\"" || quote == "'" else { return nil }
    return String(rest.prefix { $0 != quote })
  }

  private static func kind(of document: ArraySlice<UInt8>) -> FileKind? {
    switch document.first {
    case UInt8(ascii: "P") where document.starts(with: "PK".utf8): .zip
    case 0x1F: .gzip
    case UInt8(ascii: "%") where document.starts(with: "%PDF".utf8): .pdf
    case UInt8(ascii: "{"), UInt8(ascii: "["): .json
    default: nil
    }
  }
}
