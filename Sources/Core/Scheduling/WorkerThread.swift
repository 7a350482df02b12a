import CRevoada

/// Starts threads, without Foundation.
enum WorkerThread {
  private final class Body: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  /// Starts a detached thread. Names longer than the kernel's 15 characters are cut.
  ///
  /// The stack is as large as a main thread's: tasks run anybody's recursion. What is never touched takes no memory.
  static func start(named name: String, stackSize: Int = 8 << 20, _ body: @escaping @Sendable () -> Void) {
    let context = Unmanaged.passRetained(Body(body)).toOpaque()
    let error = crv_start_thread(name, stackSize, enter, context)
    precondition(error == 0, "cannot start the thread \(name): error \(error)")
  }

  private static let enter: @convention(c) (UnsafeMutableRawPointer) -> Void = { context in
    Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
  }
}
