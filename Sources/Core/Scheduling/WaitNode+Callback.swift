extension UnsafeMutablePointer<WaitNode> {
  /// Queues a waiter that is no task: serving it calls `wake`, after the lock. Called with the queue's lock held.
  ///
  /// The node stays its owner's. Once it is out of the queue nobody else uses it, even if `wake` is still to be called.
  package func queue(in queue: UnsafeMutablePointer<WaitQueue>, wake: @escaping @Sendable () -> Void) {
    pointee.queue = queue
    pointee.wake = wake
    queue.pointee.append(self)
  }
}
