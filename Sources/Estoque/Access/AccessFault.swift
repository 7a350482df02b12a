import EstoqueStock

/// Why somebody is not let in, or something about accounts cannot be done. The sentences are for the people who tried.
public enum AccessFault: Error, Sendable, Equatable {
  /// The login or the password is wrong, or the account is not in use: never which of them.
  case wrongCredentials
  /// Too many tries.
  case tooManyTries(retryAfter: Duration)
  /// No session or token, or one that has ended.
  case notSignedIn
  /// Somebody has this login.
  case loginTaken(String)
  /// A login that is none.
  case invalidLogin
  /// A name that is none.
  case invalidName
  /// The password is too short.
  case passwordTooShort(least: Int)
  /// The password is too long.
  case passwordTooLong(most: Int)
  /// The password has the login in it, or is one character repeated.
  case passwordTooSimple
  /// The password given as the present one is not.
  case wrongPassword
  /// There is no such account.
  case unknownAccount(User.ID)
  /// There is no such token.
  case unknownToken(Int64)
  /// Somebody else has changed it since it was read.
  case outdated(login: String)
  /// Nobody would be left who can change accounts.
  case lastAdmin
  /// A token would end in the past, or later than tokens may.
  case tokenTime(most: Duration)
}
