import RevoadaTesting
import Testing

/// Runs a test in a simulation, so that its time limits are virtual and a loaded machine cannot exceed them.
package struct VirtualTime: TestTrait, TestScoping {
  package func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    try await withoutActuallyEscaping(function) { function in
      try await Simulation(seed: 1).run { try await function() }
    }
  }
}

extension Trait where Self == VirtualTime {
  /// In a simulation.
  package static var virtualTime: Self { VirtualTime() }
}
