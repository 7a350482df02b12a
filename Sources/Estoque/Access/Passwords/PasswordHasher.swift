import Revoada

/// Makes and checks passwords, a few at a time: each takes much memory and a processor for a tenth of a second.
struct PasswordHasher: Sendable {
  let cost: ScryptCost
  private let permits: Semaphore
  /// Nobody's password. Whoever tries a login that does not exist waits as long as others.
  private let nobody: PasswordHash

  init(cost: ScryptCost, atOnce: Int) throws {
    self.cost = cost
    permits = Semaphore(permits: atOnce, name: "passwords")
    nobody = try PasswordHash(of: Secret().text, cost: cost)
  }

  /// Suspends until there is room, then until it is done.
  /// - Throws: `CancellationError`, if it has not begun.
  func hash(_ password: String) async throws -> PasswordHash {
    try await permits.withPermits { [cost] in
      try await offload { try PasswordHash(of: password, cost: cost) }
    }
  }

  /// Whether a password is the stored one; for nil false, after the same time.
  func matches(_ password: String, _ stored: PasswordHash?) async throws -> Bool {
    let isRight = try await permits.withPermits { [nobody] in
      try await offload { try (stored ?? nobody).matches(password) }
    }
    return isRight && stored != nil
  }
}
