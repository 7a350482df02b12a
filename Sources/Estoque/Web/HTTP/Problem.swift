import HTTPTypes
import Hummingbird

/// What went wrong, as clients are told: RFC 9457.
struct Problem: Error, Sendable, Equatable {
  /// A field that is wrong.
  struct Field: Sendable, Equatable {
    /// Where: `lines[2].factor`.
    let field: String
    /// Why, for people.
    let message: String
  }

  let status: HTTPResponse.Status
  /// The last part of the type's address: each kind of problem has its own.
  let kind: String
  /// What this is about, for people; nil if the title says it all.
  var detail: String?
  var fields: [Field] = []
  /// Header fields that belong to it.
  var headers = HTTPFields()

  init(
    _ status: HTTPResponse.Status, _ kind: String, _ detail: String? = nil, fields: [Field] = [],
    retryAfter: Duration? = nil
  ) {
    (self.status, self.kind, self.detail, self.fields) = (status, kind, detail, fields)
    if let retryAfter { headers[.retryAfter] = String(max(1, retryAfter.wholeSecondsUp)) }
  }

  /// The answer to a request.
  /// - Parameters:
  ///   - path: what was asked for.
  ///   - request: the request's number, by which an operator finds it in the log.
  func response(path: String, request: String) -> Response {
    var body: JSON = [
      "type": "/problems/\(kind)", "title": .string(title), "status": .integer(Int64(status.code)),
      "instance": .string(path), "request": .string(request),
    ]
    if let detail { body = body.with(["detail": .string(detail)]) }
    if !fields.isEmpty {
      let fields = fields.map { field -> JSON in
        ["field": .string(field.field), "message": .string(field.message)]
      }
      body = body.with(["errors": .array(fields)])
    }
    var headers = headers
    headers[.contentType] = "application/problem+json"
    return Response(
      status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: body.bytes)))
  }
}

extension Duration {
  var wholeSecondsUp: Int64 { components.seconds + (components.attoseconds > 0 ? 1 : 0) }
}
