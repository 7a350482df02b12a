/// What stands in front of the root element, read before any parser sees the file.
enum Prolog {
  /// Refuses a document type and what is no XML; answers the declared encoding.
  static func check(_ document: ArraySlice<UInt8>) throws(Refusal) -> String? {
    var rest = document
    let declared = rest.starts(with: "<?xml".utf8) ? encoding(in: upTo("?>", &rest)) : nil
    while true {
      dropBlanks(&rest)
      if rest.starts(with: "<!--".utf8) {
        _ = upTo("-->", &rest)
      } else if rest.starts(with: "<?".utf8) {
        _ = upTo("?>", &rest)
      } else {
        break
      }
    }
    guard rest.isEmpty || rest.first == UInt8(ascii: "<") else { throw Refusal(.notXML(kind(of: document))) }
    if rest.starts(with: "<!".utf8),
      String(decoding: rest.prefix(9), as: UTF8.self).uppercased() == "<!DOCTYPE"
    {
      throw Refusal(.documentType)
    }
    return declared
  }

  /// Takes everything up to and with `end` off `rest`; all of it where there is no end.
  private static func upTo(_ end: String, _ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let (mark, all) = (end.utf8, rest)
    let found = all.indices.first { all[$0] == mark.first && all[$0...].starts(with: mark) }
    rest = found.map { all[($0 + mark.count)...] } ?? all[all.endIndex...]
    return found.map { all[..<$0] } ?? all
  }

  private static func encoding(in declaration: ArraySlice<UInt8>) -> String? {
    var rest = declaration
    guard upTo("encoding", &rest).count < declaration.count else { return nil }
    dropBlanks(&rest)
    guard rest.popFirst() == UInt8(ascii: "=") else { return nil }
    dropBlanks(&rest)
    guard let quote = rest.popFirst(), quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else {
      return nil
    }
    return String(decoding: rest.prefix { $0 != quote }, as: UTF8.self)
  }

  private static func dropBlanks(_ rest: inout ArraySlice<UInt8>) {
    rest = rest.drop { $0 == 0x20 || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 }
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
