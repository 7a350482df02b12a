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
  /// Set when the isolate shall run nothing any more, not even below such a function.
  var shallStop = false
  var parked: UnsafeContinuation<Bool, Never>?
  var isClosed = false
  /// Whether the isolate counts as busy.
  ///
  /// An isolate that waits for a timer does.
  var isCounted = true

  deinit { rv_lock_free(lock) }

  var isEmpty: Bool { completions.isEmpty && actions.isEmpty && kills.isEmpty }
}

extension Isolate {
  /// Puts something into the inbox and wakes the pump.
  ///
  /// False once the isolate is closed.
  private func deliver(_ put: (Inbox) -> Void) -> Bool {
    rv_lock_acquire(inbox.lock)
    guard !inbox.isClosed else {
      rv_lock_release(inbox.lock)
      return false
    }
    put(inbox)
    let parked = inbox.parked
    inbox.parked = nil
    if !inbox.isCounted {
      inbox.isCounted = true
      core.busy.enter()
    }
    if parked == nil { rv_attention(state) }
    rv_lock_release(inbox.lock)
    parked?.resume(returning: true)
    return true
  }

  /// Runs an action in a turn of this isolate.
  @discardableResult
  func post(_ action: @escaping @Sendable (Isolate) -> Void) -> Bool {
    deliver { $0.actions.append(action) }
  }

  /// Kills the goroutine that `find` gives (0 for none) when the isolate gets to it.
  func postKill(_ find: @escaping @Sendable () -> UInt64) {
    _ = deliver { $0.kills.append(find) }
  }

  /// Makes goroutines stop where they are, then runs an action.
  func postStop(_ action: @escaping @Sendable (Isolate) -> Void) {
    _ = deliver {
      $0.shallStop = true
      $0.actions.append(action)
    }
  }

  /// Ends a goroutine's wait: at once in this isolate's own turn, else through the inbox.
  func complete(_ completion: Completion) {
    if rv_is_turning(state) != 0 {
      apply(completion)
    } else if !deliver({ $0.completions.append(completion) }) {
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
    let object = completion.object.map { Unmanaged.passUnretained($0).toOpaque() }
    let accepted = rv_complete(
      state, completion.goroutine, completion.outcome, 0, completion.value, object, completion.grant,
      completion.index)
    if accepted == 0 { completion.undo() }
  }

  func releaseLater(_ reference: Int32) {
    post { rv_unreference($0.state, reference) }
  }
}
