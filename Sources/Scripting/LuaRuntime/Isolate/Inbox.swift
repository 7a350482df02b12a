import LuaShim
import Synchronization

/// The end of a goroutine's wait, on its way to the isolate.
struct Completion {
  var goroutine: UInt64
  var outcome: rv_outcome
  var value: ValueBuffer?
  var object: SharedObject?
  var grant: Int64 = 0
  var index: Int32 = 0
  /// For native calls, which count as activity until they are delivered.
  var endsNativeCall = false
  var endsHostedCall = false

  /// For a goroutine that is gone: what it was granted goes back.
  func undo() {
    if let object, grant != 0 {
      object.refund(grant, value)
    } else {
      value?.discard()
    }
  }
}

/// What other threads hand to an isolate, and the pump's parking place.
///
/// `@unchecked Sendable`: all state is behind `lock`, a plain C lock because the deadlock check holds the
/// inboxes of every isolate at once.
final class Inbox: @unchecked Sendable {
  let lock: OpaquePointer = rv_lock_new()
  var completions: [Completion] = []
  var actions: [@Sendable (Isolate) -> Void] = []
  /// Goroutines to be killed even below a C function that cannot yield.
  ///
  /// Resolved in the isolate's turn.
  var kills: [@Sendable () -> UInt64] = []
  /// Of the isolate's ``IsolateExecutor``.
  var jobs: [UnownedJob] = []
  /// Whether one of Swift's timers is due before all others now.
  var timersMoved = false
  /// Set when the isolate shall run nothing any more, not even below such a function.
  var shallStop = false
  var parked: UnsafeContinuation<Bool, Never>?
  /// Lives until the inbox is closed.
  unowned(unsafe) var isolate: Isolate?
  var isClosed: Bool { isolate == nil }
  /// Whether the isolate counts as busy.
  ///
  /// An isolate that waits for a timer does.
  var isCounted = true

  deinit { rv_lock_free(lock) }

  var isEmpty: Bool {
    completions.isEmpty && actions.isEmpty && kills.isEmpty && jobs.isEmpty && !timersMoved
  }

  /// Puts something into the inbox and wakes the pump.
  ///
  /// False once the isolate is closed.
  func deliver(_ put: (Inbox) -> Void) -> Bool {
    rv_lock_acquire(lock)
    guard let isolate else {
      rv_lock_release(lock)
      return false
    }
    put(self)
    let parked = parked
    self.parked = nil
    if !isCounted {
      isCounted = true
      isolate.core.busy.enter()
    }
    if parked == nil { rv_attention(isolate.state) }
    rv_lock_release(lock)
    parked?.resume(returning: true)
    return true
  }
}

extension Isolate {

  /// Runs an action in a turn of this isolate.
  @discardableResult
  func post(_ action: @escaping @Sendable (Isolate) -> Void) -> Bool {
    inbox.deliver { $0.actions.append(action) }
  }

  /// Kills the goroutine that `find` gives (0 for none) when the isolate gets to it.
  func postKill(_ find: @escaping @Sendable () -> UInt64) {
    _ = inbox.deliver { $0.kills.append(find) }
  }

  /// Makes goroutines stop where they are, then runs an action.
  func postStop(_ action: @escaping @Sendable (Isolate) -> Void) {
    _ = inbox.deliver {
      $0.shallStop = true
      $0.actions.append(action)
    }
  }

  /// Ends a goroutine's wait: at once in this isolate's own turn, else through the inbox.
  func complete(_ completion: Completion) {
    if rv_is_turning(state) != 0 {
      apply(completion)
    } else if !inbox.deliver({ $0.completions.append(completion) }) {
      completion.undo()
      if completion.endsNativeCall { core.busy.leave() }
    }
  }

  /// Turn only.
  func apply(_ completion: Completion) {
    if completion.endsNativeCall {
      tasks[completion.goroutine] = nil
      core.busy.leave()
    }
    if completion.endsHostedCall { hosted[completion.goroutine] = nil }
    let object = completion.object.map { Unmanaged.passUnretained($0).toOpaque() }
    let accepted = rv_complete(
      state, completion.goroutine, completion.outcome, 0, completion.value, object, completion.grant,
      completion.index)
    if accepted == 0 { completion.undo() }
  }

  /// Lets go of an entry of the registry.
  func release(_ reference: Int32) {
    if rv_is_turning(state) != 0 {
      rv_unreference(state, reference)
    } else {
      post { rv_unreference($0.state, reference) }
    }
  }
}
