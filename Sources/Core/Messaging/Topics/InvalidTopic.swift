/// A topic or pattern that is not well-formed. Nothing was published or subscribed.
public struct InvalidTopic: Error, Sendable, Equatable, CustomStringConvertible {
  /// What is wrong with it.
  public enum Problem: String, Sendable {
    /// There is no text.
    case empty = "it is empty"
    /// A dot at the beginning or end, or two in a row.
    case emptyToken = "it has an empty part: write one dot between parts, none around them"
    /// A space, tabulator, line break or another control character.
    case space = "it contains white space or control characters"
    /// `*` or `>` where something is published.
    case wildcard = "a topic to publish to cannot have wildcards"
    /// `*` or `>` beside other characters: `a*`.
    case wildcardInToken = "a wildcard must be a whole part: \"a.*\", not \"a*\""
    /// `>` before other parts.
    case restNotLast = "\">\" stands for all further parts and must be the last one"
  }

  /// The text.
  public let topic: String
  /// What is wrong with it.
  public let problem: Problem

  /// Creates the error.
  public init(topic: String, problem: Problem) {
    self.topic = topic
    self.problem = problem
  }

  /// A sentence for people.
  public var description: String { "invalid topic \"\(topic)\": \(problem.rawValue)" }
}
