import Crypto
import Foundation

/// Something that only its owner knows: 256 random bits. What is stored is its digest, which needs no salt, as there is nothing to guess.
struct Secret {
  static let tokenPrefix = "est_"

  let text: String

  /// A new one.
  init(prefix: String = "") {
    text = prefix + SymmetricKey(size: .bits256).withUnsafeBytes { base64URL(Data($0)) }
  }

  /// One that somebody sends; nil if it cannot be one.
  init?(sent text: String) {
    let body = text.hasPrefix(Self.tokenPrefix) ? text.dropFirst(Self.tokenPrefix.count) : text[...]
    // What 32 bytes come to. Anything else need not be looked for.
    guard body.utf8.count == 43, body.utf8.allSatisfy(isBase64URL) else { return nil }
    self.text = text
  }

  /// What is stored.
  var digest: String { base64URL(Data(SHA256.hash(data: Data(text.utf8)))) }

  /// What pages send with changes: follows from the secret, which a page cannot read, so that nothing must be stored.
  var csrf: String {
    let code = HMAC<SHA256>.authenticationCode(
      for: Data("estoque csrf".utf8), using: SymmetricKey(data: Data(text.utf8)))
    return base64URL(Data(code))
  }
}

/// Whether two texts are the same, in a time that does not depend on where they differ.
public func isSameSecret(_ left: String, _ right: String) -> Bool {
  SymmetricKey(data: Data(left.utf8)) == SymmetricKey(data: Data(right.utf8))
}

private func isBase64URL(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
  case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"): true
  default: false
  }
}

/// RFC 4648 §5, without padding: fits into cookies and headers.
func base64URL(_ data: Data) -> String {
  var text = data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
  while text.last == "=" { text.removeLast() }
  return text
}
