extension UnsafeMutablePointer<WaitNode> {
  /// With the primitive's lock held: queues the node for something that is neither a task nor a thread.
  ///
  /// The node stays its owner's, who recycles it. Once it is out of the queue nobody else uses it, even if `onServed` is still
  /// to be called.
  ///
  /// - Parameter onServed: called like a waiter is woken: without the lock, once the node has been served and is out of the
  ///   queue.
  package func append(to queue: UnsafeMutablePointer<WaitQueue>, onServed: @escaping @Sendable () -> Void) {
    pointee.queue = queue
    pointee.wake = onServed
    queue.pointee.append(self)
  }
}
