import HTTPTypes

/// What clients are told of their rate, in each answer to a request that counts (draft-ietf-httpapi-ratelimit-headers-10): how many
/// requests may come at once and how long it takes to save them up, how many of them are left, and in how many seconds all are back.
///
/// What is said depends on the number that is left alone, so all of it is written down beforehand: lists are answered some ten thousand times a
/// second. Of a large quota only some numbers are told, rounded down.
struct RateQuota: Sendable {
  private static let most = 1000
  private let policy: String
  private let texts: [String]
  private let step: Int

  init(rate: Double, burst: Int) {
    let step = burst / Self.most + 1
    func seconds(for requests: Int) -> Int64 {
      // A number in a header has 15 digits at most (RFC 9651 §3.3.1).
      Int64(min((Double(requests) / rate).rounded(.up), 1e15 - 1))
    }
    self.step = step
    policy = "\"user\";q=\(burst);w=\(seconds(for: burst))"
    texts = stride(from: 0, through: burst, by: step).map {
      "\"user\";r=\($0);t=\(seconds(for: burst - $0))"
    }
  }

  func add(to headers: inout HTTPFields, remaining: Int) {
    headers[.rateLimitPolicy] = policy
    headers[.rateLimit] = texts[max(0, min(remaining / step, texts.count - 1))]
  }
}

/// Why a request that counted was not done, with what its sender has left.
struct CountedFailure: Error, CustomStringConvertible {
  let error: any Error
  let remaining: Int
  var description: String { "\(error)" }
}
