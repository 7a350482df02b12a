import EstoqueAccess
import HTTPTypes
import Hummingbird

/// What a handler answers.
struct Reply: Sendable {
  var status: HTTPResponse.Status = .ok
  var headers = HTTPFields()
  var body = ResponseBody()
  /// The body, if it is known: what can be stored to be given again.
  private(set) var bytes: [UInt8]?
  /// Whether it has been stored together with what it tells of.
  var isStored = false

  static let nothing = Reply(status: .noContent, bytes: [])

  init(status: HTTPResponse.Status, bytes: [UInt8]? = nil) { (self.status, self.bytes) = (status, bytes) }

  static func json(_ value: JSON, _ status: HTTPResponse.Status = .ok) -> Reply {
    .bytes(value.bytes, type: "application/json", status)
  }

  static func bytes(_ bytes: [UInt8], type: String, _ status: HTTPResponse.Status = .ok) -> Reply {
    var reply = Reply(status: status, bytes: bytes)
    reply.headers[.contentType] = type
    reply.body = ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
    return reply
  }

  /// A body that is written as it comes.
  static func stream(
    type: String, _ write: @escaping @Sendable (inout any ResponseBodyWriter) async throws -> Void
  ) -> Reply {
    var reply = Reply(status: .ok)
    reply.headers[.contentType] = type
    reply.body = ResponseBody(write)
    return reply
  }

  /// Something that was made, and where it is.
  static func created(_ value: JSON, at path: String) -> Reply {
    var reply = Reply.json(value, .created)
    reply.headers[.location] = path
    return reply
  }

  /// Something that is being done, and where that can be watched.
  static func accepted(_ value: JSON, at path: String? = nil) -> Reply {
    var reply = Reply.json(value, .accepted)
    reply.headers[.location] = path
    return reply
  }

  /// With its version.
  func tagged(_ tag: ETag) -> Reply {
    var reply = self
    reply.headers[.eTag] = tag.text
    return reply
  }

  /// As a file for people.
  func asFile(_ name: String) -> Reply {
    var reply = self
    let plain = String(
      name.unicodeScalars.map {
        $0.isASCII && $0.value >= 32 && !"\"\\/;".unicodeScalars.contains($0) ? Character($0) : "_"
      })
    reply.headers[.contentDisposition] = "attachment; filename=\"\(plain)\""
    return reply
  }

  var response: Response { Response(status: status, headers: headers, body: body) }

  // MARK: To be given again

  private static let kept: [HTTPField.Name] = [.contentType, .location, .eTag]

  var stored: StoredAnswer? {
    guard let bytes else { return nil }
    let lines = Self.kept.compactMap { name -> String? in
      self.headers[name].map { "\(name.canonicalName): \($0)" }
    }
    return StoredAnswer(status: Int(status.code), headers: lines.joined(separator: "\n"), body: bytes)
  }

  init(_ answer: StoredAnswer) {
    self.init(status: HTTPResponse.Status(code: answer.status), bytes: answer.body)
    for line in answer.headers.split(separator: "\n") {
      guard let colon = line.firstIndex(of: ":"), let name = HTTPField.Name(String(line[..<colon])) else {
        continue
      }
      headers[name] = String(line[colon...].dropFirst(2))
    }
    headers[.idempotencyReplayed] = "true"
    if !answer.body.isEmpty { body = ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body)) }
  }
}
