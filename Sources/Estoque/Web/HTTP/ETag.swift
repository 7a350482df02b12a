import Crypto
import Hummingbird

/// The version of what is shown (RFC 9110 §8.8.3); always a strong one.
struct ETag: Sendable, Equatable {
  let text: String

  init(version: Int) { text = "\"\(version)\"" }
  /// That of bytes.
  init(of bytes: [UInt8]) {
    text =
      "\""
      + SHA256.hash(data: bytes).prefix(12).map { byte in
        let digits = String(byte, radix: 16)
        return digits.utf8.count == 1 ? "0" + digits : digits
      }.joined() + "\""
  }

  /// Whether a list of versions in a header has it.
  func matches(_ header: String) -> Bool {
    header.split(separator: ",").contains { part in
      let tag = part.drop { $0 == " " }
      return tag == "*" || tag == text || tag == "W/" + text
    }
  }

  /// The versions that `If-Match` names; nil for any.
  /// - Throws: that it is missing.
  static func expected(_ headers: HTTPFields) throws(Problem) -> Expected {
    guard let header = headers[.ifMatch] else { throw .noVersion }
    return Expected(header: header)
  }

  /// What a client expects to change.
  struct Expected: Sendable {
    let header: String

    /// - Throws: that it is another version by now.
    func check(_ version: Int) throws(Problem) { try check(ETag(version: version)) }
    /// - Throws: that it is another version by now.
    func check(_ tag: ETag) throws(Problem) {
      if !tag.matches(header) { throw .outdated }
    }
  }
}
