import RevoadaScheduling
import Synchronization

/// Objects that are costly to make, as database connections, lent to one borrower at a time.
///
/// ```swift
/// let connections = ObjectPool(max: 10) {
///   try await connect()
/// } destroy: {
///   await $0.close()
/// }
/// let rows = try await connections.withObject { try await $0.query("select 1") }
/// ```
///
/// Borrowers are served in the order of their arrival: by the idle object that was used last, by a new one while there are fewer than
/// `max`, else they wait. Every object that is created is destroyed once, at the latest by ``close()``. `create`,
/// `destroy` and the validation run without any lock and may suspend; an object under destruction counts towards
/// `max` until that ends.
public final class ObjectPool<Object: Sendable>: @unchecked Sendable {
  // `state` and `nextWake` are protected by `room`; the rest is constant.
  typealias State = ObjectPoolState<Object>

  let room = WaitingRoom()
  var state: State
  private var nextWake = Int64.max
  let create: @Sendable () async throws -> Object
  private let destroy: @Sendable (Object) async throws -> Void
  let validate: (@Sendable (Object) async -> Bool)?
  let timers = Timers.current
  let instruments: ObjectPoolInstruments
  let name: String
  private let drained = Completion()
  private let lastTicket = Atomic<Int>(0)

  /// Creates a pool, which creates no object before one is asked for.
  /// - Parameters:
  ///   - max: the largest number of objects; less than 1 counts as 1.
  ///   - create: makes an object.
  ///   - destroy: ends one. An error is logged and counted; the object is gone all the same.
  public convenience init(
    max: Int, create: @escaping @Sendable () async throws -> Object,
    destroy: @escaping @Sendable (Object) async throws -> Void = { _ in }
  ) {
    self.init(checked: ObjectPoolConfiguration(max: Swift.max(1, max)), create, destroy, nil)
  }

  /// Creates a pool with any configuration.
  /// - Parameters:
  ///   - configuration: limits and times.
  ///   - create: makes an object.
  ///   - destroy: ends one. An error is logged and counted; the object is gone all the same.
  ///   - validate: whether an object is fit for use; see ``ObjectPoolConfiguration/validation``.
  /// - Throws: `InvalidSetting`.
  public convenience init(
    _ configuration: ObjectPoolConfiguration, create: @escaping @Sendable () async throws -> Object,
    destroy: @escaping @Sendable (Object) async throws -> Void = { _ in },
    validate: (@Sendable (Object) async -> Bool)? = nil
  ) throws(InvalidSetting) {
    try configuration.validate()
    self.init(checked: configuration, create, destroy, validate)
  }

  private init(
    checked configuration: ObjectPoolConfiguration,
    _ create: @escaping @Sendable () async throws -> Object,
    _ destroy: @escaping @Sendable (Object) async throws -> Void,
    _ validate: (@Sendable (Object) async -> Bool)?
  ) {
    state = State(configuration)
    name = configuration.name
    instruments = ObjectPoolInstruments(name: configuration.name)
    self.create = create
    self.destroy = destroy
    self.validate = validate
  }

  deinit {
    // Nothing is borrowed: each handle keeps the pool. Whatever is idle is destroyed, as by `close`.
    state.close()
    let (destroy, logger) = (destroy, instruments.logger)
    for entry in state.takeSurplus() {
      spawn(name: "pool destroy") {
        do { try await destroy(entry.object) } catch {
          logger.warning("destroying an object failed: \(error)")
        }
      }
    }
  }

  /// What the pool has and has done.
  public var stats: ObjectPoolStatistics {
    room.withLock { state.statistics(waiting: room.waiting) }
  }
  /// The pool's present choices.
  public var configuration: ObjectPoolConfiguration { room.withLock { state.configuration } }

  // MARK: Changing

  /// Changes the limits. With a lower maximum, idle objects are destroyed at once and borrowed ones when they come back.
  /// - Throws: `InvalidSetting`, and then nothing changes.
  public func resize(min: Int? = nil, max: Int) throws(InvalidSetting) {
    var changed = configuration
    changed.min = min ?? Swift.min(changed.min, max)
    changed.max = max
    try changed.validate()
    update { state, _ in
      state.configuration.min = changed.min
      state.configuration.max = changed.max
    }
    refill()
  }

  /// Creates objects until there are as many as the configured minimum; suspends until that is done.
  /// - Throws: what `create` throws; the objects made before stay.
  public func warmUp() async throws {
    while update({ state, _ in state.reserveForMinimum() }) {
      let object: Object
      do { object = try await create() } catch {
        update { state, _ in state.giveUpCreation(failed: true) }
        throw error
      }
      let now = timers.now
      update { state, _ in state.created(asIdle: State.Entry(object: object, created: now)) }
    }
  }

  /// Closes the pool: destroys idle objects, ends waiting with ``ObjectPoolError/closed(pool:)``, and suspends until every
  /// borrowed object has come back and is destroyed.
  ///
  /// Cancelling the task ends the wait; the pool stays closed and goes on draining. Closing twice is harmless.
  /// - Throws: `CancellationError`.
  public func close() async throws {
    let isFirst = update { state, _ in
      defer { state.close() }
      return !state.isClosed
    }
    if isFirst { instruments.logger.debug("closed") }
    if await drained.wait() == .cancelled { throw CancellationError() }
  }

  // MARK: The lock around the state

  /// Changes the state and does what follows from it: serves waiters, destroys what is too many, sets the timer.
  @discardableResult
  func update<R>(_ body: (inout State, Int64) -> R) -> R {
    let now = timers.now
    let (result, surplus, wake, isDrained, reading) = room.serve { served in
      let before = instruments.isMeasuring ? state.statistics(waiting: room.waiting) : nil
      let result = body(&state, now)
      while state.canServe, let node = room.popFirst() {
        state.serve(node.pointee.amount)
        served.append(node.granted())
      }
      let surplus = state.takeSurplus()
      let wake = state.nextChore().flatMap { $0 < nextWake ? $0 : nil }
      if let wake { nextWake = wake }
      let after = before.map { ($0, state.statistics(waiting: room.waiting)) }
      return (result, surplus, wake, state.isDrained, after)
    }
    if let reading { instruments.report(from: reading.0, to: reading.1) }
    for entry in surplus { destroyInBackground(entry) }
    if let wake { timers.schedule(at: wake) { [weak self] in self?.doChores(wake) } }
    if isDrained { drained.complete() }
    return result
  }

  func nextTicket() -> Int { lastTicket.add(1, ordering: .relaxed).newValue }

  /// On the timers' thread.
  private func doChores(_ wake: Int64) {
    let chores = update { state, now in
      if nextWake == wake { nextWake = .max }
      return state.chores(now: now)
    }
    for loan in chores.overdue {
      let place = "\(loan.file):\(loan.line)"
      let age = Duration.nanoseconds(timers.now - loan.since)
      instruments.logger.warning(
        "an object has been borrowed for \(age): it may have leaked", metadata: ["borrowed-at": "\(place)"])
    }
    for entry in chores.expired { destroyInBackground(entry) }
  }

  // MARK: Destroying

  func destroyInBackground(_ entry: State.Entry) {
    spawn(name: "pool destroy") { [self] in
      await destroy(entry, keepsPlace: false)
      refill()
    }
  }

  /// Destroys an object that the state has given up.
  nonisolated(nonsending)
    func destroy(_ entry: State.Entry, keepsPlace: Bool) async
  {
    var failed = false
    do { try await destroy(entry.object) } catch {
      failed = true
      instruments.logger.warning("destroying an object failed: \(error)")
    }
    update { state, _ in state.destroyed(keepsPlace: keepsPlace, failed: failed) }
  }

  /// Creates in the background what is missing to the minimum.
  private func refill() {
    let stats = stats
    let (minimum, isClosed) = room.withLock { (state.configuration.min, state.isClosed) }
    if isClosed || stats.idle + stats.borrowed + stats.creating + stats.closing >= minimum { return }
    spawn(name: "pool refill") { [self] in
      // A failure is no loss: the next borrower creates what it needs, or gets the error.
      do { try await warmUp() } catch { instruments.logger.warning("creating an object failed: \(error)") }
    }
  }
}
