import RevoadaResilience
import RevoadaScheduling

/// The order in which a pool runs the tasks of one key.
@usableFromInline
enum PoolOrder: Equatable, Sendable {
  case arrival
  /// With ageing: how long a task waits for one step of priority.
  case priority(ageing: Duration?)

  func validate(_ pool: String) throws(InvalidSetting) {
    // Priorities are whole numbers: with at least a second for a step, no task overtakes one of the same second.
    guard case .priority(let ageing?) = self else { return }
    var check = SettingsCheck("pool", pool)
    check.require(ageing >= .seconds(1), "ageing", ageing, "at least one second")
    try check.end()
  }

  var queueOrder: FairQueue<AnyPoolTask>.Order {
    switch self {
    case .arrival: .arrival
    case .priority(let ageing): .priority(ageing: ageing?.nanoseconds)
    }
  }
}
