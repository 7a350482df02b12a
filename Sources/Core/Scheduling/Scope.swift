/// The goroutines of one ``withScope(limit:_:)``.
public final class Scope: Sendable {
  private struct State {
    var lastTicket = 0
    var errors: [any Error] = []
    var isCancelled = false
    /// Goroutines that have not ended, and perhaps some that have.
    var goroutines: [Int: Goroutine<Void>] = [:]
  }
  private let state = Guarded(State())
  private let slots: ScopeSlots?

  init(limit: Int?) {
    slots = limit.map(ScopeSlots.init)
  }

  /// Starts a goroutine that ends before the scope does. With a limit, it starts to work once fewer than `limit` others do.
  ///
  /// Its first error cancels the scope's other goroutines. After the scope is cancelled nothing new starts.
  public func spawn(
    name: String? = nil, fileID: StaticString = #fileID, line: UInt = #line,
    _ body: sending @escaping () async throws -> Void
  ) {
    let ticket = state.withLock { state -> Int? in
      if state.isCancelled { return nil }
      state.lastTicket += 1
      return state.lastTicket
    }
    guard let ticket else { return }
    let body = UncheckedTransfer(body)
    let goroutine = RevoadaScheduling.spawn(name: name, fileID: fileID, line: line) { [self] in
      do {
        let hold = try await slots?.acquire() ?? 0
        defer { slots?.release(hold) }
        try Task.checkCancellation()
        try await body.value()
        finish(ticket, nil)
      } catch {
        finish(ticket, error)
      }
    }
    let cancelAtOnce = state.withLock { state in
      state.goroutines[ticket] = goroutine
      return state.isCancelled
    }
    if cancelAtOnce { goroutine.cancel() }
  }

  /// Cancels the scope's goroutines.
  public func cancel() {
    let goroutines = state.withLock { state in
      state.isCancelled = true
      return state.goroutines
    }
    for goroutine in goroutines.values { goroutine.cancel() }
  }

  private func finish(_ ticket: Int, _ error: (any Error)?) {
    let isFirst = state.withLock { state in
      state.goroutines[ticket] = nil
      guard let error else { return false }
      // What cancellation does to the others is not news.
      if state.isCancelled, error is CancellationError { return false }
      state.errors.append(error)
      return state.errors.count == 1
    }
    if isFirst { cancel() }
  }

  /// Waits for all goroutines, whether or not the waiting task is cancelled.
  func join() async -> [any Error] {
    while let (ticket, goroutine) = state.withLock({ $0.goroutines.first }) {
      _ = await goroutine.ending
      state.withLock { $0.goroutines[ticket] = nil }
    }
    return state.withLock { $0.errors }
  }
}

/// The errors of a scope in which more than one goroutine failed.
public struct ScopeErrors: Error, Sendable, CustomStringConvertible {
  /// All errors, the one that cancelled the scope first.
  public let errors: [any Error]
  /// A sentence for people.
  public var description: String {
    "\(errors.count) goroutines failed: " + errors.map { "\($0)" }.joined(separator: "; ")
  }
}

/// Runs `body` and waits for every goroutine that it starts in the scope: nothing outlives it.
///
/// ```swift
/// try await withScope(limit: 8) { scope in
///   for url in urls { scope.spawn { try await fetch(url) } }
/// }
/// ```
///
/// The first error, of a goroutine or of `body`, cancels the others; all of them are kept. Cancelling the
/// calling task cancels the scope, which still waits for its goroutines to end.
///
/// - Parameters:
///   - limit: how many goroutines of the scope work at the same time; nil for no limit.
///   - body: starts goroutines by ``Scope/spawn(name:fileID:line:_:)``.
/// - Returns: what `body` returns.
/// - Throws: the error if there is one, ``ScopeErrors`` if there are several; ``InvalidSetting`` for a limit below 1.
public func withScope<R>(limit: Int? = nil, _ body: (Scope) async throws -> R) async throws -> R {
  var check = SettingsCheck("scope")
  if let limit { check.require(limit >= 1, "limit", limit, "at least 1") }
  try check.end()
  let scope = Scope(limit: limit)
  return try await withTaskCancellationHandler {
    var failure: (any Error)?
    var result: R?
    do { result = try await body(scope) } catch {
      failure = error
      scope.cancel()
    }
    let errors = [failure].compactMap(\.self) + (await scope.join())
    if errors.count > 1 { throw ScopeErrors(errors: errors) }
    if let error = errors.first { throw error }
    try Task.checkCancellation()
    return result!
  } onCancel: {
    scope.cancel()
  }
}

/// The places for goroutines that work at the same time.
private final class ScopeSlots: @unchecked Sendable {  // `free` is protected by `room`
  private let room = WaitingRoom(.place)
  private let limit: Int
  private var free: Int
  init(limit: Int) {
    self.limit = limit
    free = limit
  }

  nonisolated(nonsending)
    func acquire() async throws -> UInt
  {
    let outcome = await room.wait(amount: 1) { _ in
      if free == 0 { return false }
      free -= 1
      return true
    }
    if outcome == .cancelled { throw CancellationError() }
    return room.hold(1, of: limit)
  }
  func release(_ hold: UInt) {
    room.letGo(hold, 1)
    room.serve { served in
      if let node = room.popFirst() { served.append(node.granted()) } else { free += 1 }
    }
  }
}
