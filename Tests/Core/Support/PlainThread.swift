import CRevoada
import Foundation

/// Runs `body` on a thread that is no worker of any scheduler, and returns at once.
package func startThread(_ body: @escaping @Sendable () -> Void) {
  Thread(block: body).start()
}

/// Runs `body` on such a thread and waits for its result.
package func onThread<T: Sendable>(_ body: @escaping @Sendable () -> T) async -> T {
  defer { crv_awaited() }
  return await withCheckedContinuation { continuation in
    startThread { continuation.resume(returning: body()) }
  }
}

/// Suspends until the continuation that `body` is given is resumed.
package func suspended(_ body: (UnsafeContinuation<Void, Never>) -> Void) async {
  await withUnsafeContinuation { body($0) }
  crv_awaited()
}
