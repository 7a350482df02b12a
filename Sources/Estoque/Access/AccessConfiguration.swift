import EstoqueDatabase
import Foundation
import RevoadaScheduling

/// Everything that can be chosen about ``Access``.
public struct AccessConfiguration: Sendable {
  /// How dear a password is to guess.
  public var cost = ScryptCost()
  /// How many passwords are checked at once; each takes the memory of ``ScryptCost/memory``.
  public var checksAtOnce = 2
  /// The least number of characters of a password.
  public var passwordLength = 10
  /// How often a login may be tried in a minute, whether it succeeds or not.
  public var triesPerLogin = 10
  /// How often one address may try in a minute.
  public var triesPerAddress = 30
  /// After how long without use a session ends.
  public var idleTime = Duration.seconds(8 * 3600)
  /// After how long any session ends.
  public var sessionTime = Duration.seconds(7 * 86_400)
  /// How long a token lives at most.
  public var tokenTime = Duration.seconds(366 * 86_400)
  /// How long it may take until another instance notices that somebody was shut out, if it does not hear of it. In this one it is at once.
  public var rememberedFor = Duration.seconds(5)
  /// How long answers to repeated requests are kept.
  public var answersKeptFor = Duration.seconds(86_400)
  /// How often what has expired is removed.
  public var cleaning = Duration.seconds(600)
  /// Microseconds since 1970 in UTC.
  public var clock: @Sendable () -> Int64 = { WallClock.now() }

  /// The defaults.
  public init() {}

  /// Finds a setting that makes no sense.
  public func validate() throws(InvalidSetting) {
    var check = SettingsCheck("access")
    check.require(cost.isPossible, "cost", "\(cost)", "N from 2^10 to 2^20, r from 1 to 32, p from 1 to 16")
    check.require(checksAtOnce >= 1, "checks at once", checksAtOnce, "at least 1")
    check.require(passwordLength >= 8, "password length", passwordLength, "at least 8")
    check.require(triesPerLogin >= 1, "tries per login", triesPerLogin, "at least 1")
    check.require(triesPerAddress >= 1, "tries per address", triesPerAddress, "at least 1")
    for (name, time) in [
      ("idle time", idleTime), ("session time", sessionTime), ("token time", tokenTime),
      ("answers kept for", answersKeptFor), ("cleaning", cleaning), ("remembered for", rememberedFor),
    ] {
      check.require(
        time > .zero && time <= .seconds(10 * 366 * 86_400), name, "\(time)", "above zero, 10 years at most")
    }
    try check.end()
  }
}
