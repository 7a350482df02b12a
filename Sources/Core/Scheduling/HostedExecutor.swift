import CRevoada

/// An executor whose jobs run in somebody else's turns: on a simulation's thread, or between the goroutines of a script.
///
/// While they do, `spawn` starts goroutines on it too and `Timers.current` is its own, so that the code it runs follows its
/// order and its time without knowing it.
package protocol HostedExecutor: TaskExecutor, AnyObject {
  var timers: Timers { get }
}

extension HostedExecutor {
  /// Makes this the current executor of the thread while `body` runs jobs.
  package func host<R>(_ body: () throws -> R) rethrows -> R {
    let outer = (host: crv_current_host(), timers: crv_current_timers())
    defer {
      crv_set_current_host(outer.host)
      crv_set_current_timers(outer.timers)
    }
    crv_set_current_timers(Unmanaged.passUnretained(timers).toOpaque())
    let executor: any HostedExecutor = self
    // On the stack: nobody asks for it once `body` has ended.
    return try withUnsafePointer(to: executor) { place in
      crv_set_current_host(UnsafeMutableRawPointer(mutating: place))
      return try body()
    }
  }
}

/// The executor whose jobs run on this thread just now.
package var currentHost: (any HostedExecutor)? {
  crv_current_host()?.assumingMemoryBound(to: (any HostedExecutor).self).pointee
}
