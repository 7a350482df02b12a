import Revoada
@_exported import RevoadaTesting

/// Runs `body` once for each of some schedules.
package func simulated(
  seeds: Range<UInt64> = 0..<8, _ body: @escaping @Sendable () async throws -> Void
) async throws {
  for seed in seeds { try await Simulation(seed: seed).run(body) }
}

/// Returns, in a simulation, when everybody else waits: virtual time moves only then.
package func settle() async throws { try await sleep(for: .microseconds(100)) }

extension Simulation {
  /// The virtual time to the millisecond: timers fire at the next tick of their wheel, some microseconds late.
  package static var elapsedMilliseconds: Int { Int((elapsed / .milliseconds(1)).rounded()) }
}
