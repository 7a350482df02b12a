/// What a subscriber wants to hear of: parts divided by dots, of which `*` stands for any one and a final `>` for one or more.
///
/// ```swift
/// let errors = try TopicPattern("orders.*.failed")
/// #expect(errors.matches("orders.4711.failed"))
/// #expect(!errors.matches("orders.failed"))
/// #expect(try TopicPattern("logs.>").matches("logs.app.db"))
/// ```
///
/// The rules are those of NATS subjects. Parts are compared exactly, upper and lower case differ.
public struct TopicPattern: Sendable, Hashable, CustomStringConvertible {
  /// One part of a pattern.
  enum Part: Sendable, Hashable {
    case literal(String)
    /// `*`
    case any
    /// `>`
    case rest

    init(_ text: String) {
      self =
        switch text {
        case "*": .any
        case ">": .rest
        default: .literal(text)
        }
    }
  }

  /// The pattern as it is written.
  public let description: String
  let parts: [Part]

  /// Reads a pattern.
  /// - Throws: ``InvalidTopic``.
  public init(_ text: String) throws(InvalidTopic) {
    let parts = try Self.parts(of: text).map(Part.init)
    if parts.dropLast().contains(.rest) { throw InvalidTopic(topic: text, problem: .restNotLast) }
    description = text
    self.parts = parts
  }

  /// Checks a topic to publish to, which has no wildcards.
  /// - Returns: its parts.
  /// - Throws: ``InvalidTopic``.
  @discardableResult
  public static func validate(topic: String) throws(InvalidTopic) -> [String] {
    let parts = try parts(of: topic)
    if parts.contains(where: { $0 == "*" || $0 == ">" }) {
      throw InvalidTopic(topic: topic, problem: .wildcard)
    }
    return parts
  }

  /// Whether the pattern stands for a topic; false for what is no topic.
  public func matches(_ topic: String) -> Bool {
    guard let tokens = try? Self.validate(topic: topic) else { return false }
    for (index, part) in parts.enumerated() {
      switch part {
      case .rest: return index < tokens.count
      case .any: if index >= tokens.count { return false }
      case .literal(let text): if index >= tokens.count || tokens[index] != text { return false }
      }
    }
    return parts.count == tokens.count
  }

  private static func parts(of text: String) throws(InvalidTopic) -> [String] {
    func invalid(_ problem: InvalidTopic.Problem) -> InvalidTopic {
      InvalidTopic(topic: text, problem: problem)
    }
    if text.isEmpty { throw invalid(.empty) }
    if text.unicodeScalars.contains(where: { $0.properties.isWhitespace || $0.value < 32 || $0.value == 127 })
    {
      throw invalid(.space)
    }
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    for part in parts {
      if part.isEmpty { throw invalid(.emptyToken) }
      if part.count > 1, part.contains(where: { $0 == "*" || $0 == ">" }) { throw invalid(.wildcardInToken) }
    }
    return parts.map(String.init)
  }
}
