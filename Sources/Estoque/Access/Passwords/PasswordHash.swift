import Crypto
import CryptoExtras
import Foundation

/// A password as it is stored: `$scrypt$ln=15,r=8,p=3$SALT$KEY`, after the PHC string format.
///
/// The cost stands with it, so that passwords stay valid when the cost for new ones is raised.
struct PasswordHash: Equatable, CustomStringConvertible {
  let cost: ScryptCost
  private let salt: Data
  private let key: Data

  /// Computes one with a new salt. Blocks for as long as the cost says.
  init(of password: String, cost: ScryptCost) throws {
    self.cost = cost
    salt = SymmetricKey(size: .bits128).withUnsafeBytes { Data($0) }
    key = try Self.derive(password, salt, cost).withUnsafeBytes { Data($0) }
  }

  /// Reads a stored one; nil for anything else.
  init?(stored text: String) {
    let parts = text.split(separator: "$")
    guard parts.count == 4, parts[0] == "scrypt", let cost = ScryptCost(parts[1]),
      let salt = Data(base64Encoded: String(parts[2])), !salt.isEmpty,
      let key = Data(base64Encoded: String(parts[3])), key.count == 32
    else { return nil }
    (self.cost, self.salt, self.key) = (cost, salt, key)
  }

  /// Whether it is that of a password. Blocks; compares in constant time.
  func matches(_ password: String) throws -> Bool {
    try Self.derive(password, salt, cost) == SymmetricKey(data: key)
  }

  /// What is stored.
  var description: String { "$scrypt$\(cost)$\(salt.base64EncodedString())$\(key.base64EncodedString())" }

  private static func derive(_ password: String, _ salt: Data, _ cost: ScryptCost) throws -> SymmetricKey {
    // The same characters, however they were typed. A byte in front, since the library cannot take an empty password.
    let bytes = [0] + Array(password.precomposedStringWithCompatibilityMapping.utf8)
    return try KDF.Scrypt.deriveKey(
      from: bytes, salt: salt, outputByteCount: 32, rounds: 1 << cost.logarithm, blockSize: cost.blockSize,
      parallelism: cost.parallelism)
  }
}
