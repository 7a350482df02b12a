import Crypto
import EstoqueTables
import Foundation

/// What is known about a file before it is parsed.
struct FileDigest: Sendable {
  /// Its length in bytes.
  let size: Int
  /// The SHA-256 of its content, in hexadecimal.
  let digest: String
  /// How many line feeds it has.
  let lines: Int

  /// The size of the pieces in which files are read and stored.
  static let piece = 1 << 18

  /// Reads a file; blocks the thread.
  /// - Throws: ``ImportFault``.
  init(path: String, limit: Int) throws {
    var (hash, size, lines) = (SHA256(), 0, 0)
    try Self.forEachPiece(of: path) { piece in
      size += piece.count
      if size > limit { throw ImportFault.tooLarge(limit: limit) }
      hash.update(data: piece)
      piece.withUnsafeBytes { bytes in for byte in bytes where byte == 10 { lines += 1 } }
    }
    self.size = size
    self.lines = lines
    let digits = Array("0123456789abcdef".utf8)
    digest = String(
      decoding: hash.finalize().flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  /// Calls `body` with one piece of a file after the other.
  static func forEachPiece(of path: String, _ body: ([UInt8]) throws -> Void) throws {
    guard let file = FileHandle(forReadingAtPath: path) else {
      throw ImportFault.unreadable(reason: "\(path): não pode ser aberto")
    }
    defer { try? file.close() }
    while let piece = try file.read(upToCount: Self.piece), !piece.isEmpty { try body([UInt8](piece)) }
  }
}
