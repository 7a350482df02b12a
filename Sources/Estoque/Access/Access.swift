import EstoqueDatabase
import EstoqueStock
import Revoada
import RevoadaInstruments

/// Who may do what: accounts, sessions, tokens.
///
/// ```swift
/// let access = try Access(database)
/// try await access.createUser(
///   NewAccount(login: "ana", name: "Ana", role: .admin, password: password), by: .command)
/// let signIn = try await access.signIn(login: "ana", password: password, by: Actor(login: "ana"))
/// let identity = try await access.identity(secret: signIn.secret)
/// ```
///
/// Secrets are shown once and stored as digests. Whoever is known is remembered for some seconds
/// (``AccessConfiguration/rememberedFor``), so that a request costs no statement; who is shut out is forgotten at once, and by other instances as
/// soon as they hear of it (`Database.follow()`).
/// Each change is in the audit log, in the same transaction.
public final class Access: Sendable {
  /// The choices.
  public let configuration: AccessConfiguration
  let database: Database
  let hasher: PasswordHasher
  let rules: AccountRules
  let throttle: LoginThrottle
  let known: TaggedCache<String, Identity>
  let instruments = Instruments(kind: "access", name: nil)
  private let observation: ChangeObservation

  /// - Throws: `InvalidSetting`.
  public init(_ database: Database, _ configuration: AccessConfiguration = AccessConfiguration()) throws {
    try configuration.validate()
    self.database = database
    self.configuration = configuration
    hasher = try PasswordHasher(cost: configuration.cost, atOnce: configuration.checksAtOnce)
    rules = AccountRules(passwordLength: configuration.passwordLength)
    throttle = LoginThrottle(
      perLogin: configuration.triesPerLogin, perAddress: configuration.triesPerAddress)
    let known = try TaggedCache<String, Identity>(
      CacheConfiguration(name: "identities", ttl: configuration.rememberedFor, maxEntries: 10_000))
    self.known = known
    observation = database.observeChanges { changes in
      if changes.isUnknown { known.invalidateAll() }
      for row in changes.rows where row.table == Account.table {
        known.invalidate(tag: Self.tag(User.ID(rawValue: row.id)))
      }
    }
  }

  var now: Int64 { configuration.clock() }

  static func tag(_ id: User.ID) -> String { "account:\(id)" }

  /// Removes what has expired, from time to time, until the task is cancelled.
  public func run() async throws {
    while true {
      do {
        try await sleep(for: configuration.cleaning)
        let (now, idle) = (self.now, configuration.idleTime.microseconds)
        let removed = try await database.transaction { try $0.deleteExpired(at: now, idleSince: now - idle) }
        instruments.logger.debug("removed what has expired", metadata: ["rows": "\(removed)"])
      } catch is CancellationError { return } catch {
        instruments.logger.warning(
          "what has expired could not be removed; next try in a while", metadata: ["error": "\(error)"])
      }
    }
  }
}
