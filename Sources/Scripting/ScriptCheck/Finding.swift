/// Something in a script that will not work.
public struct Finding: Sendable, Hashable {
  /// What is wrong.
  public enum Problem: Sendable, Hashable {
    /// A global that nobody defines is read.
    case unknownGlobal(String)
    /// A library has no such function or field.
    case unknownField(library: String, name: String)
    /// `require` names a module for which there is neither a library nor a file.
    case missingModule(String)
  }

  /// The line, counted from 1.
  public var line: Int
  /// What is wrong.
  public var problem: Problem
  /// Names that would have been right, for a suggestion.
  public var candidates: [String]

  /// The message without its place.
  public var message: String {
    switch problem {
    case .unknownGlobal(let name): "unknown name '\(name)'"
    case .unknownField(let library, let name): "unknown function '\(library).\(name)'"
    case .missingModule(let name): "module '\(name)' not found"
    }
  }

  /// The name at fault, to compare with the candidates.
  public var name: String {
    switch problem {
    case .unknownGlobal(let name), .unknownField(_, let name), .missingModule(let name): name
    }
  }
}
