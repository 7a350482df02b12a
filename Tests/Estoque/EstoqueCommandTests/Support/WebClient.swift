import Foundation
import FoundationNetworking

/// Sends requests with somebody's token.
struct WebClient: Sendable {
  let port: Int
  let token: String
  private let session: URLSession

  init(port: Int, token: String) {
    (self.port, self.token) = (port, token)
    let configuration = URLSessionConfiguration.ephemeral
    configuration.httpMaximumConnectionsPerHost = 64
    // No answer may take that long, whatever has happened to the database.
    configuration.timeoutIntervalForRequest = 20
    session = URLSession(configuration: configuration)
  }

  struct Answer: Sendable {
    let status: Int
    let type: String
    let body: Data

    var text: String { String(decoding: body, as: UTF8.self) }
    /// A member of a JSON object.
    subscript(name: String) -> Any? {
      (try? JSONSerialization.jsonObject(with: body) as? [String: Any])?[name]
    }
    /// Whether it says what is wrong in the form that every client understands.
    var isProblem: Bool { type.hasPrefix("application/problem+json") && self["detail"] is String }
  }

  func get(_ path: String) async throws -> Answer { try await send("GET", path) }

  func post(_ path: String, _ json: [String: String]) async throws -> Answer {
    try await send("POST", path, try JSONSerialization.data(withJSONObject: json), type: "application/json")
  }

  /// Sends a file as the body.
  func upload(_ path: String, _ bytes: some Sequence<UInt8>) async throws -> Answer {
    try await send("POST", path, Data(bytes), type: "application/octet-stream")
  }

  private func send(_ method: String, _ path: String, _ body: Data? = nil, type: String = "") async throws
    -> Answer
  {
    var request = URLRequest(url: URL(string: "http://127.0.0.1:\(port)\(path)")!)  // tests name valid paths
    request.httpMethod = method
    request.httpBody = body
    request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization")
    if body != nil { request.setValue(type, forHTTPHeaderField: "Content-Type") }
    let (data, response) = try await session.data(for: request)
    let answer = response as? HTTPURLResponse
    return Answer(
      status: answer?.statusCode ?? 0, type: answer?.value(forHTTPHeaderField: "Content-Type") ?? "",
      body: data)
  }
}
