import RevoadaChannels
import RevoadaScheduling

extension Channel where Element: ~Copyable {
  /// Says that nobody but these goroutines ever sends to the channel or closes it, so that a receiver is known to wait in vain when all
  /// of them have ended, or wait in vain themselves.
  ///
  /// Swift cannot tell who refers to a channel; without this, anybody might send. It changes nothing but reports: a promise that is
  /// broken leads to a false one.
  public func onlySenders(_ goroutines: [AnyGoroutine]) { subject.senders = goroutines }

  /// Says that nobody but these goroutines ever receives from the channel; see ``onlySenders(_:)``.
  public func onlyReceivers(_ goroutines: [AnyGoroutine]) { subject.receivers = goroutines }
}
