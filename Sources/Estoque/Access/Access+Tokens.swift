import EstoqueDatabase
import EstoqueStock
import RevoadaScheduling

extension Access {
  /// Makes a token for a program that acts for somebody, with what they may do.
  ///
  /// - Parameters:
  ///   - account: for whom.
  ///   - name: what they call it.
  ///   - expiresAt: when it ends, in microseconds since 1970 in UTC; nil for the longest time.
  ///   - actor: who makes it.
  /// - Returns: the secret, which is never shown again, and what is stored.
  /// - Throws: ``AccessFault``; what the database throws.
  public func createToken(
    for account: Account, name: String, expiresAt: Int64?, by actor: Actor
  ) async throws -> (secret: String, token: AccessToken) {
    try AccountRules.check(name: name)
    let (now, secret) = (self.now, Secret(prefix: Secret.tokenPrefix))
    let latest = now + configuration.tokenTime.microseconds
    let end = expiresAt ?? latest
    guard end > now, end <= latest else { throw AccessFault.tokenTime(most: configuration.tokenTime) }
    let token = try await database.transaction { session in
      let token = try session.insertToken(name, secret.digest, of: account.id, at: now, until: end)
      try session.audit("token.create", "token:\(token.id)", name, by: actor, at: now)
      return token
    }
    return (secret.text, token)
  }

  /// Ends a token.
  /// - Throws: ``AccessFault/unknownToken(_:)``; what the database throws.
  public func deleteToken(_ token: Int64, of account: Account, by actor: Actor) async throws {
    let now = self.now
    try await database.transaction { session in
      let name = try session.deleteToken(token, of: account.id)
      session.forget(account.id)
      try session.audit("token.delete", "token:\(token)", name, by: actor, at: now)
    }
  }
}
