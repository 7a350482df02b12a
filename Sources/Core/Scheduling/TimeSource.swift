import CRevoada

/// What a scheduler's timers take for the time.
///
/// Time belongs to the scheduler: code that runs on one with virtual time (see `RevoadaTesting`) sleeps, times out and
/// ticks in virtual time without knowing it.
package protocol TimeSource: Sendable {
  /// Nanoseconds since some fixed point; never goes backward.
  var now: Int64 { get }
}

/// The monotonic clock of the machine.
package struct SystemTimeSource: TimeSource {
  package init() {}
  package var now: Int64 { crv_now() }
}
