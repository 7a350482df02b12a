import EstoqueDatabase

/// What became of a document that came in.
public enum IntakeState: String, Sendable, Codable, CaseIterable, SQLConvertible {
  /// It has not been looked at, or somebody is looking at it now.
  case waiting
  /// It has moved the stock.
  case accepted
  /// The same had come before.
  case duplicate
  /// Another content had come with the same key: nothing was done.
  case conflict
  /// It is an event, recorded, with its effect if it has one.
  case event
  /// Somebody has to decide.
  case review
  /// It does nothing, for a reason.
  case refused
}

/// How a document came in.
public enum IntakeSource: String, Sendable, Codable, SQLConvertible {
  /// Through the API or the pages.
  case upload
  /// Through the watched folder.
  case folder
  /// Through the command.
  case command
}
