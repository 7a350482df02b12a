import Revoada
import RevoadaCoordination
import Testing

/// Programmer errors end the process, at the place where they happen.
@Suite(.timeLimit(.minutes(1)))
struct MisuseTests {
  @Test func aNegativeWaitGroupTraps() async {
    await #expect(processExitsWith: .failure) { WaitGroup().done() }
  }
  @Test func unlockingAnUnlockedMutexTraps() async {
    await #expect(processExitsWith: .failure) { MutexLock().release() }
  }
  @Test func releasingAReadLockThatIsNotHeldTraps() async {
    await #expect(processExitsWith: .failure) { ReadWriteGate().release(.read) }
  }
  @Test func releasingAWriteLockThatIsNotHeldTraps() async {
    await #expect(processExitsWith: .failure) { ReadWriteGate().release(.write) }
  }
  @Test func releasingPermitsThatAreNotOutTraps() async {
    await #expect(processExitsWith: .failure) { Semaphore(permits: 1).release() }
  }
}
