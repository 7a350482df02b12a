import Crypto
import EstoqueDomain

/// What became of a file.
public struct FileJudgement: Hashable, Sendable {
  /// The file's name.
  public let name: String
  /// What became of each document in it; one, refused, where the file could not be read at all.
  public let documents: [Judgement]
  /// The content's SHA-256: the same key with the same content has been processed already, with another it is
  /// a conflict.
  public let digest: ContentDigest

  /// The word for the file: that of the worst of its documents.
  public var outcome: Outcome {
    let order: [Outcome] = [.refused, .review, .accepted, .event]
    return order.first { outcome in documents.contains { $0.outcome == outcome } } ?? .refused
  }

  /// The first document's access key.
  public var key: String { documents.first?.key ?? "" }
}

/// The SHA-256 of a file's bytes.
public struct ContentDigest: Hashable, Sendable, CustomStringConvertible {
  /// Thirty-two bytes.
  public let bytes: [UInt8]

  /// Digests a file.
  public init(of file: [UInt8]) { bytes = Array(SHA256.hash(data: file)) }

  /// 64 hexadecimal digits.
  public var description: String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}

extension Judge {
  /// The judgement of a file that could not be read.
  public func judge(_ refusal: Refusal) -> Judgement {
    Judgement(verdict: .refused(refusal), key: refusal.key ?? "", warnings: [])
  }

  /// Parses and judges a file; never fails, as everything that can be wrong is a verdict.
  public func judge(_ file: [UInt8], named name: String, parser: DocumentParser = DocumentParser())
    -> FileJudgement
  {
    let documents: [Judgement]
    do throws(Refusal) {
      documents = try parser.parse(file).documents.map(judge)
    } catch {
      documents = [judge(error)]
    }
    return FileJudgement(name: name, documents: documents, digest: ContentDigest(of: file))
  }

  /// Parses and judges files, one after the other; none harms the others.
  public func judge(
    _ files: some Sequence<(name: String, bytes: [UInt8])>, parser: DocumentParser = DocumentParser()
  ) -> [FileJudgement] {
    files.map { judge($0.bytes, named: $0.name, parser: parser) }
  }
}
