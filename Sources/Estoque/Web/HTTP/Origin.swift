import HTTPTypes
import Hummingbird

extension HTTPField.Name {
  static let forwardedFor = HTTPField.Name("X-Forwarded-For")!  // valid names
  static let forwardedProto = HTTPField.Name("X-Forwarded-Proto")!
  static let csrfToken = HTTPField.Name("X-CSRF-Token")!
  static let requestID = HTTPField.Name("X-Request-Id")!
  static let idempotencyKey = HTTPField.Name("Idempotency-Key")!
  static let idempotencyReplayed = HTTPField.Name("Idempotency-Replayed")!
  static let lastEventID = HTTPField.Name("Last-Event-ID")!
  static let rateLimit = HTTPField.Name("RateLimit")!
  static let rateLimitPolicy = HTTPField.Name("RateLimit-Policy")!
  static let accelBuffering = HTTPField.Name("X-Accel-Buffering")!
  static let nosniff = HTTPField.Name("X-Content-Type-Options")!
  static let csp = HTTPField.Name("Content-Security-Policy")!
  static let frameOptions = HTTPField.Name("X-Frame-Options")!
  static let referrerPolicy = HTTPField.Name("Referrer-Policy")!
  static let permissionsPolicy = HTTPField.Name("Permissions-Policy")!
  static let openerPolicy = HTTPField.Name("Cross-Origin-Opener-Policy")!
  static let resourcePolicy = HTTPField.Name("Cross-Origin-Resource-Policy")!
  static let transportSecurity = HTTPField.Name("Strict-Transport-Security")!
}

/// Where a request comes from.
struct Origin: Sendable, Equatable {
  /// The client's address.
  let address: String
  /// Whether it came by TLS.
  let isSecure: Bool

  /// - Parameters:
  ///   - peer: who has connected; nil in tests.
  ///   - trusted: the proxies that are believed what they say.
  init(_ headers: HTTPFields, peer: String?, trusted: [Network], isSecure: Bool) {
    let peer = peer ?? "127.0.0.1"
    func isTrusted(_ address: String) -> Bool { trusted.contains { $0.contains(address) } }
    guard !trusted.isEmpty, isTrusted(peer) else {
      (address, self.isSecure) = (peer, isSecure)
      return
    }
    // From the right: each proxy has appended who connected to it; what stands left of the last one of ours may be made up.
    let chain = (headers[values: .forwardedFor].joined(separator: ","))
      .split(separator: ",").map { $0.trimming }
    address = chain.last { !isTrusted($0) } ?? chain.first ?? peer
    self.isSecure = isSecure || headers[.forwardedProto] == "https"
  }
}

extension Substring {
  fileprivate var trimming: String {
    var text = self
    while text.first == " " { text.removeFirst() }
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}
