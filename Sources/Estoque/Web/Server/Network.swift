import Foundation

/// A network of addresses, as `10.0.0.0/8`, `::1` or `127.0.0.1`.
struct Network: Sendable, Equatable {
  private let bytes: [UInt8]
  private let bits: Int

  /// Reads one; nil for anything else.
  init?(_ text: String) {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = parts.first, let bytes = Self.address(String(first)) else { return nil }
    self.bytes = bytes
    if parts.count == 1 {
      bits = bytes.count * 8
    } else {
      guard let bits = Int(parts[1]), (0...bytes.count * 8).contains(bits) else { return nil }
      self.bits = bits
    }
  }

  func contains(_ address: String) -> Bool {
    guard let other = Self.address(address), other.count == bytes.count else { return false }
    return (0..<bits).allSatisfy { bit in (bytes[bit / 8] ^ other[bit / 8]) & (0x80 >> UInt8(bit % 8)) == 0 }
  }

  /// The bytes of an address; one of IPv4 in the clothes of IPv6 is one of IPv4.
  private static func address(_ text: String) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: 16)
    if inet_pton(AF_INET, text, &bytes) == 1 { return Array(bytes.prefix(4)) }
    guard inet_pton(AF_INET6, text, &bytes) == 1 else { return nil }
    let mapped = bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
    return mapped ? Array(bytes.suffix(4)) : bytes
  }
}
