import LuaShim
import Synchronization

/// A Swift object that scripts hold as userdata, and that several isolates may hold at once.
///
/// `@unchecked Sendable`: every subclass guards its state by `lock`. A plain C lock, because a select
/// holds several at once. No goroutine is woken while it is held.
class SharedObject: @unchecked Sendable {
  let name: String?
  let lock: OpaquePointer
  private let escaped = Atomic<Bool>(false)

  init(name: String? = nil) {
    self.name = name
    lock = rv_lock_new()
  }

  deinit { rv_lock_free(lock) }

  var kind: ObjectKind { preconditionFailure("a shared object has a kind") }

  /// Runs a method for a goroutine.
  ///
  /// Answering `RV_PENDING` means that the waiter was kept.
  func invoke(_ method: Int32, _ call: UnsafeMutablePointer<rv_invocation>, _ caller: Caller) -> rv_outcome {
    preconditionFailure("unknown method \(method) of \(kind.name)")
  }

  /// Takes a goroutine out of the queues, if it is still in one.
  func cancel(_ isolate: Isolate, _ goroutine: UInt64) {}

  /// Takes back what a goroutine was granted that was killed before it could run.
  func refund(_ grant: Int64, _ value: ValueBuffer?) {}

  /// Where a case of a select waits that does what one of the methods does.
  func place(_ entry: rv_object_case) throws(SelectRefusal) -> rv_place {
    throw SelectRefusal(entry.operation, self)
  }

  /// With the lock held: serves a case that waits in a queue, if that can be done at once.
  func attempt(_ entry: rv_object_case, _ caller: Caller) -> SelectServing? {
    preconditionFailure("no select waits for \(kind.name)")
  }

  /// With the lock held: lets a case wait in the queue.
  func enqueue(_ waiter: Waiter, _ entry: rv_object_case) {}

  // MARK: For the deadlock detector

  /// Whether only values of the isolate that made it refer to it.
  final var isPrivate: Bool { !escaped.load(ordering: .acquiring) }
  final func escape() { escaped.store(true, ordering: .releasing) }

  /// Whether nothing but a method of the object, called by a goroutine of a script, can end this goroutine's wait for it.
  func isServedByCallers(_ waiter: GoroutineID) -> Bool { false }

  /// Whether only who holds it lets go of it.
  var isReleasedByHolder: Bool { true }

  /// Who keeps a goroutine waiting for the object, as far as that is known.
  func blockers(of waiter: GoroutineID) -> Blockers? { nil }

  /// What messages call it: its kind, and its name or address.
  final var label: String {
    if let name { return "\(kind.name) \"\(name)\"" }
    return "\(kind.name) 0x\(String(address, radix: 16))"
  }

  final var address: UInt { UInt(bitPattern: ObjectIdentifier(self)) }

  @inline(__always)
  final func locked<T>(_ body: () -> T) -> T {
    rv_lock_acquire(lock)
    defer { rv_lock_release(lock) }
    return body()
  }
}

/// Who calls a method: an isolate and, if it may wait, a goroutine.
struct Caller {
  unowned(unsafe) let isolate: Isolate  // alive: the call comes from its turn
  let goroutine: UInt64

  var canWait: Bool { goroutine != 0 }
  var waiter: Waiter { Waiter(isolate: isolate, goroutine: goroutine) }
}

typealias ValueBuffer = UnsafeMutablePointer<rv_buffer>

/// The methods of a class of objects, as Lua sees them.
struct ObjectKind: Sendable {
  struct Method: Sendable {
    var name: String
    var number: Int32
    /// The arguments, in the notation of `rv_class_method`.
    var signature: String
  }

  var identifier: Int32
  var name: String
  var methods: [Method]
  /// The bodies of a ``SwiftObject``'s methods, which have the numbers from 1 on.
  var swiftMethods: [SwiftMethod] = []

  init(_ identifier: Int32, _ name: String, _ methods: [(String, Int32, String)]) {
    self.identifier = identifier
    self.name = name
    self.methods = methods.map { Method(name: $0.0, number: $0.1, signature: $0.2) }
  }

  init(_ identifier: Int32, _ name: String, swift methods: [SwiftMethod]) {
    self.init(
      identifier, name, methods.enumerated().map { ($1.name, Int32($0 + 1), $1.readsTables ? "h" : "o") })
    swiftMethods = methods
  }

  static let all: [ObjectKind] = [
    SharedChannel.kind, SharedMutex.kind, SharedRWMutex.kind, SharedSemaphore.kind, SharedWaitGroup.kind,
    SharedCondition.kind, SharedOnce.kind, SharedInteger.kind, SharedContext.kind, IsolatedCall.kind,
    LuaRateLimiter.kind, LuaReservation.kind, LuaCircuitBreaker.kind, LuaPriorityPool.kind,
    LuaAdaptivePool.kind, LuaBoundedParallel.kind, LuaBatchProcessor.kind,
    LuaPriorityChannel.kind, LuaBroadcaster.kind, LuaSubscription.kind,
    LuaCoalescingCache.kind, LuaCache.kind, LuaTaggedCache.kind, LuaObjectPool.kind, LuaLoan.kind,
    LuaBulkhead.kind, LuaAdaptiveLimiter.kind, LuaPolicy.kind, LuaDeadlockDetector.kind,
    LuaBarrier.kind, LuaLatch.kind, LuaUpgradeableLock.kind, LuaPubSub.kind, LuaRequestReply.kind,
    LuaWorkQueue.kind, LuaDeadLetters.kind,
  ]
}

extension UnsafeMutablePointer where Pointee == rv_invocation {
  /// Answers an error whose text is raised at the script's line.
  func fail(_ message: String) -> rv_outcome {
    pointee.value = ValueBuffer.make([.string(message)])
    return RV_ERROR
  }

  /// The answer where the caller would have to wait and cannot.
  func cannotWait(_ object: SharedObject) -> rv_outcome {
    fail(
      "cannot wait for \(object.label) here: inside a callback of a C function (a sort comparator, a gsub "
        + "function, __tostring, ...) or while a goroutine is being closed")
  }

  /// Answers an integer.
  func answer(_ integer: Int64) -> rv_outcome {
    pointee.result = integer
    return RV_INTEGER
  }

  /// Answers any values.
  func answer(_ values: LuaValue...) -> rv_outcome { answer(values) }

  func answer(_ values: [LuaValue]) -> rv_outcome {
    pointee.value = ValueBuffer.make(values)
    return RV_VALUES
  }
}
