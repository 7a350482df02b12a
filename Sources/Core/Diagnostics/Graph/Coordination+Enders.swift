import RevoadaCoordination
import RevoadaScheduling

// Who could end a wait that anybody could: the program says so. Each changes nothing but reports; a promise that is broken leads to a
// false one.

extension CountDownLatch {
  /// Says that nobody but these goroutines ever counts down, so that a waiter is known to wait in vain when all of them have
  /// ended, or wait in vain themselves.
  ///
  /// ```swift
  /// let loader = spawn(name: "loader") { ready.countDown() }
  /// ready.onlyCountedDown(by: [loader])
  /// ```
  public func onlyCountedDown(by goroutines: [AnyGoroutine]) { room.declare(enders: goroutines) }
}

extension WaitGroup {
  /// Says that nobody but these goroutines ever takes something off the group; see ``CountDownLatch/onlyCountedDown(by:)``.
  public func onlyDone(by goroutines: [AnyGoroutine]) { room.declare(enders: goroutines) }
}

extension Condition {
  /// Says that nobody but these goroutines ever signals; see ``CountDownLatch/onlyCountedDown(by:)``.
  public func onlySignalled(by goroutines: [AnyGoroutine]) { room.declare(enders: goroutines) }
}

extension Semaphore {
  /// Says that nobody but these goroutines ever returns permits; see ``CountDownLatch/onlyCountedDown(by:)``.
  ///
  /// Not needed where all permits are taken by `withPermits`: then it is known who has them.
  public func onlyReleased(by goroutines: [AnyGoroutine]) { room.declare(enders: goroutines) }
}

extension Barrier {
  /// Says that nobody but these goroutines ever waits at the barrier, and nobody resets it.
  ///
  /// If they are as many as the barrier has parties, each is needed: those who wait do so in vain as soon as one of the others has
  /// ended, or waits in vain.
  public func onlyParties(_ goroutines: [AnyGoroutine]) {
    room.declare(enders: goroutines, size: parties)
  }
}

extension WaitingRoom {
  fileprivate func declare(enders: [AnyGoroutine], size: Int? = nil) {
    withLock {
      let subject = madeSubject
      subject.enders = enders
      if let size { subject.size = size }
    }
  }
}
