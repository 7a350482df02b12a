import EstoqueStock

/// A person who uses the program.
public struct Account: Sendable, Equatable {
  static let table = "account"

  /// Their number.
  public let id: User.ID
  /// What they sign in with.
  public let login: String
  /// What others call them.
  public var name: String
  /// What they may do.
  public var role: Role
  /// Whether they may sign in.
  public var isActive: Bool
  /// How it changed: whoever writes must have read this version.
  public let version: Int
  /// When it was made, in microseconds since 1970 in UTC.
  public let createdAt: Int64
  /// When they signed in last; nil if they never did. Tokens do not count.
  public var lastLogin: Int64?
}

/// Somebody who is to be added.
public struct NewAccount: Sendable {
  /// What they sign in with: 3 to 64 of `a` to `z`, digits and `. _ @ -`; capitals count as small letters.
  public var login: String
  /// What others call them.
  public var name: String
  /// What they may do.
  public var role: Role
  /// Their first password.
  public var password: String

  /// Describes somebody.
  public init(login: String, name: String, role: Role, password: String) {
    (self.login, self.name, self.role, self.password) = (login, name, role, password)
  }
}

/// What is to be changed about somebody; nil stays as it is.
public struct AccountChange: Sendable {
  /// What others call them.
  public var name: String?
  /// What they may do.
  public var role: Role?
  /// Whether they may sign in.
  public var isActive: Bool?
  /// A new password, which ends all their sessions.
  public var password: String?

  /// Describes a change.
  public init(name: String? = nil, role: Role? = nil, isActive: Bool? = nil, password: String? = nil) {
    (self.name, self.role, self.isActive, self.password) = (name, role, isActive, password)
  }
}
