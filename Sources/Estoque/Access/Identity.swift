import EstoqueStock

/// Somebody who has proved who they are.
public struct Identity: Sendable, Equatable {
  /// How they have proved it.
  public enum Proof: Sendable, Equatable {
    /// A session of a browser. Browsers send its cookie by themselves, so that each change must also carry this token.
    case session(csrf: String)
    /// A token of a program.
    case token
  }

  /// Who they are.
  public let account: Account
  /// How they have proved it.
  public let proof: Proof
  /// When that is over, in microseconds since 1970 in UTC.
  public let expiresAt: Int64
}

/// What a sign-in gives.
public struct SignIn: Sendable {
  /// What the browser keeps as its cookie. Not to be logged.
  public let secret: String
  /// Who it is.
  public let identity: Identity
}

/// A token of a program, without its secret.
public struct AccessToken: Sendable, Equatable {
  /// Its number.
  public let id: Int64
  /// What its owner calls it.
  public let name: String
  /// When it was made, in microseconds since 1970 in UTC.
  public let createdAt: Int64
  /// When it ends.
  public let expiresAt: Int64
  /// When it was used last; exact to some minutes.
  public let usedAt: Int64?
}

/// Who does something, from where; for the audit log.
public struct Actor: Sendable, Equatable {
  /// The account; nil for the program itself, or for somebody unknown.
  public var user: User.ID?
  /// What they signed in with, or tried to.
  public var login: String
  /// The network address.
  public var address: String
  /// The number of the request, as in the program's log.
  public var request: String

  /// Describes somebody.
  public init(user: User.ID? = nil, login: String, address: String = "", request: String = "") {
    (self.user, self.login, self.address, self.request) = (user, login, address, request)
  }

  /// The command line.
  public static let command = Actor(login: "estoque")
}
