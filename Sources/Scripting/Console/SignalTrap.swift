import Dispatch
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Turns SIGINT and SIGTERM into the cancellation of a run.
///
/// The first signal cancels; a second one, or a run that does not end in time, ends the process at once.
///
/// Why no `DispatchSourceSignal`: it wants the signals ignored or blocks them, and programs that a script
/// starts by `os.execute` would inherit that and could not be ended.
public final class SignalTrap: Sendable {
  /// How long a cancelled run may take to end its programs and close its files.
  public static let grace = DispatchTimeInterval.seconds(5)

  private let received = Atomic<Int32>(0)

  /// Starts to listen; `cancel` runs once, on a thread of its own.
  public init(_ cancel: @escaping @Sendable () -> Void) {
    let reader = Self.openPipe()
    for number in [SIGINT, SIGTERM] { signal(number, forward) }
    let queue = DispatchQueue(label: "revoada.signals")
    // A blocking read on a thread of its own: it waits for the length of the run.
    DispatchQueue(label: "revoada.signal-reader").async { [self] in
      var byte: UInt8 = 0
      while true {
        guard read(reader, &byte, 1) == 1 else {
          if errno == EINTR { continue }
          return
        }
        let number = Int32(byte)
        if received.compareExchange(expected: 0, desired: number, ordering: .relaxed).exchanged {
          queue.asyncAfter(deadline: .now() + Self.grace) { _exit(128 + number) }
          cancel()
        } else {
          _exit(128 + number)
        }
      }
    }
  }

  /// The signal that has come, if any.
  public var caught: Int32? {
    let number = received.load(ordering: .relaxed)
    return number == 0 ? nil : number
  }

  private static func openPipe() -> Int32 {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { return -1 }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    pipeEnd.store(ends[1], ordering: .relaxed)
    return ends[0]
  }
}

/// The end that the handler writes to: all that a signal handler may safely do is a system call.
private let pipeEnd = Atomic<Int32>(-1)

private func forward(_ number: Int32) {
  let before = errno
  var byte = UInt8(truncatingIfNeeded: number)
  _ = write(pipeEnd.load(ordering: .relaxed), &byte, 1)
  errno = before
}
