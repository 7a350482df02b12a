import Revoada
import RevoadaCoordination
import Testing

/// Errors of the program that cannot be thrown end the process, at the place where they happen.
@Suite(.timeLimit(.minutes(10)))
struct MisuseTests {
  @Test func aNegativeWaitGroupTraps() async {
    await #expect(processExitsWith: .failure) { WaitGroup().done() }
  }
  @Test func unlockingAnUnlockedMutexTraps() async {
    await #expect(processExitsWith: .failure) { MutexLock().release() }
  }
}
