import Revoada

/// Slows guessing down: so many tries a minute for each login, and for each address.
struct LoginThrottle: Sendable {
  private let logins: KeyedRateLimiter<String>
  private let addresses: KeyedRateLimiter<String>
  private let waits: (login: Duration, address: Duration)

  init(perLogin: Int, perAddress: Int) {
    let minute = Duration.seconds(60)
    logins = KeyedRateLimiter(name: "logins", rate: Double(perLogin), per: minute, burst: perLogin)
    addresses = KeyedRateLimiter(
      name: "login addresses", rate: Double(perAddress), per: minute, burst: perAddress)
    waits = (minute / perLogin + .seconds(1), minute / perAddress + .seconds(1))
  }

  /// Takes one try.
  /// - Throws: ``AccessFault/tooManyTries(retryAfter:)``.
  func admit(login: String, address: String) throws(AccessFault) {
    if !addresses.tryAcquire(address) { throw .tooManyTries(retryAfter: waits.address) }
    if !logins.tryAcquire(login) { throw .tooManyTries(retryAfter: waits.login) }
  }
}
