import Revoada

/// Claims that could not be given back, since the database was away: without them nobody would go on before their leases end.
final class LeftClaims: Sendable {
  private let claims = Guarded<[Claim]>([])

  func add(_ more: [Claim]) { claims.withLock { $0 += more } }

  /// Takes them: an attempt's number may come again, so that they must not be given back twice.
  func take() -> [Claim] {
    claims.withLock { claims in
      defer { claims = [] }
      return claims
    }
  }
}
