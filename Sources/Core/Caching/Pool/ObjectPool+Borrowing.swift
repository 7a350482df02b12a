import RevoadaChannels
import RevoadaScheduling

extension ObjectPool {
  /// Borrows an object; give it back by ``PooledObject/release()``.
  ///
  /// Suspends while all objects are borrowed. Cancelling the task ends the wait without a trace; a borrower that has been served before its
  /// cancellation has its object.
  ///
  /// - Parameters:
  ///   - timeout: how long to wait for one to become free, instead of ``ObjectPoolConfiguration/timeout``.
  ///   - fileID: the place that is named when the object is not given back.
  ///   - line: the same.
  /// - Throws: ``ObjectPoolError``; what `create` throws; `CancellationError`.
  nonisolated(nonsending)
    public func acquire(
      timeout: Duration? = nil, fileID: StaticString = #fileID, line: UInt = #line
    ) async throws -> PooledObject<Object>
  {
    let ticket = nextTicket()
    let begin = timers.now
    let grant = try await waitForTurn(ticket, timeout ?? configuration.timeout)
    instruments.waitSeconds?.record(.nanoseconds(timers.now - begin))
    let entry = try await fulfil(grant)
    update { state, now in state.lend(ticket, State.Loan(file: fileID, line: line, since: now)) }
    return PooledObject(pool: self, entry: entry, ticket: ticket)
  }

  /// Runs `body` with an object, and gives it back however `body` ends.
  ///
  /// If an error means that the object is broken, use ``acquire(timeout:fileID:line:)`` and ``PooledObject/discard()``,
  /// or a validation.
  /// - Throws: what ``acquire(timeout:fileID:line:)`` and `body` throw.
  nonisolated(nonsending)
    public func withObject<R>(
      timeout: Duration? = nil, fileID: StaticString = #fileID, line: UInt = #line,
      _ body: nonisolated(nonsending) (Object) async throws -> R
    ) async throws -> R
  {
    let borrowed = try await acquire(timeout: timeout, fileID: fileID, line: line)
    defer { try? borrowed.release() }  // cannot fail: nobody else has the handle
    return try await body(try borrowed.object)
  }

  nonisolated(nonsending)
    private func waitForTurn(_ ticket: Int, _ timeout: Duration?) async throws -> State.Grant
  {
    if let timeout {
      let isServed = try await select(.biased) {
        PoolTurn(self, ticket) { true }
        After(timeout) { false }
      }
      if !isServed {
        update { state, _ in state.timedOut() }
        throw ObjectPoolError.timedOut(pool: name, limit: timeout)
      }
    } else if await room.wait(amount: ticket, unless: { _ in serveNewcomer(ticket) }) == .cancelled {
      throw CancellationError()
    }
    return room.withLock { state.takeGrant(ticket)! }  // who is served has a grant
  }

  /// With the lock held.
  fileprivate func serveNewcomer(_ ticket: Int) -> Bool {
    state.serveNewcomer(ticket, waiting: room.waiting)
  }

  /// Turns what a borrower was given into an object that is fit for use.
  nonisolated(nonsending)
    private func fulfil(_ grant: State.Grant) async throws -> State.Entry
  {
    switch grant {
    case .closed: throw ObjectPoolError.closed(pool: name)
    case .full: throw ObjectPoolError.full(pool: name, waiters: configuration.maxWaiters ?? 0)
    case .create: break
    case .object(let entry):
      let isOld = room.withLock { state.isOld(entry, now: timers.now) }
      if !isOld, await isValid(entry, .onBorrow) { return entry }
      // The borrower keeps its place, and creates another.
      update { state, _ in state.giveUp(isInvalid: !isOld) }
      await destroy(entry, keepsPlace: true)
    }
    do {
      let object = try await create()
      update { state, _ in state.created() }
      return State.Entry(object: object, created: timers.now)
    } catch {
      update { state, _ in state.giveUpCreation(failed: !(error is CancellationError)) }
      throw error
    }
  }

  nonisolated(nonsending)
    private func isValid(_ entry: State.Entry, _ moment: ObjectPoolConfiguration.Validation) async -> Bool
  {
    guard let validate, configuration.validation.contains(moment) else { return true }
    return await validate(entry.object)
  }

  /// A handle has ended its loan.
  func end(_ ticket: Int, _ entry: State.Entry, _ ending: LoanEnding) {
    let loan = room.withLock { state.endLoan(ticket) }
    switch ending {
    case .returned where validate != nil && configuration.validation.contains(.onReturn):
      spawn(name: "pool validation") { [self] in
        if await isValid(entry, .onReturn) { takeBack(entry) } else { giveUp(entry, isInvalid: true) }
      }
    case .returned: takeBack(entry)
    case .discarded: giveUp(entry)
    case .leaked:
      let place = loan.map { "\($0.file):\($0.line)" } ?? "unknown"
      instruments.logger.error(
        "an object was dropped without being released, and is destroyed",
        metadata: ["borrowed-at": "\(place)"])
      giveUp(entry, isLeaked: true)
    }
  }

  private func takeBack(_ entry: State.Entry) {
    let isKept = update { state, now in state.takeBack(entry, now: now) }
    if !isKept { destroyInBackground(entry) }
  }

  private func giveUp(_ entry: State.Entry, isInvalid: Bool = false, isLeaked: Bool = false) {
    update { state, _ in state.giveUp(isInvalid: isInvalid, isLeaked: isLeaked) }
    destroyInBackground(entry)
  }
}

/// A case of a select that is ready when a borrower is served.
private struct PoolTurn<Output>: SelectCaseSource {
  let selectCase: SelectCase<Output>

  init<Object: Sendable>(
    _ pool: ObjectPool<Object>, _ ticket: Int, _ handler: @escaping () async throws -> Output
  ) {
    let waiting = RoomWaiting(
      (pool.room.lock, pool.room.queue), amount: { ticket }, attempt: { _ in pool.serveNewcomer(ticket) })
    selectCase = SelectCase(waiting, finish: handler)
  }
}
