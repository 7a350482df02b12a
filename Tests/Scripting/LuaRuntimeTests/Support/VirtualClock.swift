import RevoadaLua
import Synchronization

/// Time that jumps to the next deadline as soon as an isolate has nothing else to do.
///
/// With a `tick`, reading it moves it on as well, so that loops which never wait meet their deadlines.
final class VirtualClock: IsolateClock {
  private let time = Mutex<UInt64>(1_000_000)
  private let tick: UInt64

  init(tick: Duration = .zero) {
    self.tick = UInt64(tick.components.attoseconds / 1_000_000_000)
  }

  var now: UInt64 {
    time.withLock { time in
      time += tick
      return time
    }
  }

  func schedule(at deadline: UInt64, _ wake: @escaping @Sendable () -> Void) {
    time.withLock { $0 = max($0, deadline) }
    wake()
  }
}
