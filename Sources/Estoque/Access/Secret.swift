import Crypto
import Foundation

/// Something that only its owner knows: 256 random bits. What is stored is its digest, which needs no salt, as there is nothing to guess.
struct Secret: Sendable {
  static let tokenPrefix = "est_"

  let text: String

  /// A new one.
  init(prefix: String = "") {
    text = prefix + SymmetricKey(size: .bits256).withUnsafeBytes { base64URL($0) }
  }

  /// One that somebody sends; nil if it cannot be one.
  init?(sent text: String) {
    let body = text.hasPrefix(Self.tokenPrefix) ? text.dropFirst(Self.tokenPrefix.count) : text[...]
    // What 32 bytes come to. Anything else need not be looked for.
    guard body.utf8.count == 43, body.utf8.allSatisfy(isBase64URL) else { return nil }
    self.text = text
  }

  /// What is stored.
  var digest: String { base64URL(SHA256.hash(data: Array(text.utf8))) }

  /// What pages send with changes: follows from the secret, which a page cannot read, so that nothing must be stored.
  var csrf: String {
    let code = HMAC<SHA256>.authenticationCode(
      for: Data("estoque csrf".utf8), using: SymmetricKey(data: Data(text.utf8)))
    return base64URL(code)
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

/// RFC 4648 §5, without padding: fits into cookies and headers. By hand, since each request needs it.
func base64URL(_ bytes: some Sequence<UInt8>) -> String {
  var text: [UInt8] = []
  text.reserveCapacity(44)
  var (bits, count): (UInt32, UInt32) = (0, 0)
  for byte in bytes {
    bits = bits << 8 | UInt32(byte)
    count += 8
    while count >= 6 {
      count -= 6
      text.append(base64URLDigit(UInt8(truncatingIfNeeded: bits >> count) & 63))
    }
  }
  if count > 0 { text.append(base64URLDigit(UInt8(truncatingIfNeeded: bits << (6 - count)) & 63)) }
  return String(decoding: text, as: UTF8.self)
}

private func base64URLDigit(_ value: UInt8) -> UInt8 {
  switch value {
  case 0..<26: 65 + value
  case 26..<52: 71 + value
  case 52..<62: value &- 4
  case 62: UInt8(ascii: "-")
  default: UInt8(ascii: "_")
  }
}
