import CRevoada
import RevoadaScheduling

/// Which case a select takes when several are ready.
public enum SelectOrder: Sendable {
  /// Any of them, at random: none starves.
  case random
  /// The one listed first.
  case biased
}

/// Waits until one of several things can happen, does exactly that one, and runs its handler.
///
/// ```swift
/// let answer = try await select {
///   Receive(jobs) { job in job.map(String.init) ?? "closed" }
///   Send("hello", to: greetings) { "sent" }
///   After(.seconds(1)) { "late" }
/// }
/// ```
///
/// Exactly one case commits. The others leave nothing behind: no element is taken or sent, no permit acquired. With a
/// ``Default`` the select does not wait. A handler runs after the select is decided, without any lock; it may
/// suspend. A select without cases waits until it is cancelled.
///
/// The order in which the cases' locks are taken, by address, and the commit by one compare-and-swap follow Go's
/// `selectgo` (runtime/select.go).
///
/// - Parameters:
///   - order: which of several ready cases is taken.
///   - cases: the cases; `if`, `switch` and `for` may be used among them.
/// - Returns: what the handler returns.
/// - Throws: what the handler throws; `CancellationError` if the task is cancelled while the select waits, and then no
///   case has committed; ``ChannelClosed`` if a ``Send`` is chosen whose channel is closed.
@inlinable
nonisolated(nonsending)
  public func select<Output>(
    _ order: SelectOrder = .random, @SelectBuilder<Output> _ cases: () throws -> [SelectCase<Output>]
  ) async throws -> Output
{
  let cases = try cases()
  let chosen = await choose(count: cases.count, biased: order == .biased) {
    .passUnretained(cases[$0].waiting)
  }
  if chosen < 0 { throw CancellationError() }
  return try await cases[chosen].finish()
}

/// Commits one of the cases, waiting if need be; its index, negative if the task was cancelled first.
///
/// - Parameter item: the cases, unmanaged: the caller keeps them, and counting references six times a case would cost as much
///   as the rest.
@usableFromInline
nonisolated(nonsending)
  func choose(count: Int, biased: Bool, _ item: (Int) -> Unmanaged<SelectWaiting>) async -> Int
{
  let locks = LockSet(count, item)
  locks.acquire()
  let first = biased || count < 2 ? 0 : Int(crv_random() % UInt64(count))
  var chosen = -1
  var fallback = -1
  var wake = Wakeup.none
  // The order in which cases are tried, and queue: two may wait in the same queue, where the first is served.
  func rotated(_ offset: Int) -> Int {
    let index = first + offset
    return index < count ? index : index - count
  }
  for offset in 0..<count where chosen < 0 {
    let index = rotated(offset)
    item(index)._withUnsafeGuaranteedRef { waiting in
      if waiting.commitIfReady(wake: &wake) { chosen = index } else if waiting.isDefault { fallback = index }
    }
  }
  if chosen < 0 { chosen = fallback }
  if chosen >= 0 {
    locks.release()
    wake()
  } else {
    let state = SelectState()
    await state.wait(
      {
        for offset in 0..<count {
          let index = rotated(offset)
          item(index)._withUnsafeGuaranteedRef { $0.enqueue(state, index: Int32(index)) }
        }
      },
      release: { locks.release() })
    locks.acquire()
    for index in 0..<count { item(index)._withUnsafeGuaranteedRef { $0.node?.leaveQueue() } }
    locks.release()
    chosen = Int(state.winningCase)
  }
  for index in 0..<count { item(index)._withUnsafeGuaranteedRef { $0.conclude(won: index == chosen) } }
  return chosen
}

/// The locks of a select's cases, each once, in the order of their addresses, so that two selects cannot wait for each other.
private struct LockSet: @unchecked Sendable {
  // Sendable: pointers to locks, which any thread may take.
  private typealias Pointer = UnsafeMutablePointer<crv_lock>
  // The usual select has two cases: no array for it.
  private var first: Pointer?
  private var second: Pointer?
  private var rest: [Pointer] = []

  init(_ count: Int, _ item: (Int) -> Unmanaged<SelectWaiting>) {
    if count <= 2 {
      if count > 0 { first = item(0)._withUnsafeGuaranteedRef { $0.lock } }
      if count > 1 { second = item(1)._withUnsafeGuaranteedRef { $0.lock } }
      if let one = first, let two = second {
        if one == two { second = nil } else if two < one { (first, second) = (two, one) }
      }
      return
    }
    for index in 0..<count {
      if let lock = item(index)._withUnsafeGuaranteedRef({ $0.lock }) { rest.append(lock) }
    }
    rest.sort()
    for index in rest.indices.dropFirst().reversed() where rest[index] == rest[index - 1] {
      rest.remove(at: index)
    }
  }

  func acquire() {
    if let first { crv_lock_acquire(first) }
    if let second { crv_lock_acquire(second) }
    for lock in rest { crv_lock_acquire(lock) }
  }
  func release() {
    if let first { crv_lock_release(first) }
    if let second { crv_lock_release(second) }
    for lock in rest { crv_lock_release(lock) }
  }
}

/// Collects the cases of a ``select(_:_:)``.
@resultBuilder
public enum SelectBuilder<Output> {
  /// One case.
  @inlinable @inline(__always)
  public static func buildExpression<Source: SelectCaseSource<Output>>(_ source: Source) -> SelectCase<Output>
  {
    source.selectCase
  }
  /// One case that a primitive has made.
  @inlinable @inline(__always)
  public static func buildExpression(_ selectCase: SelectCase<Output>) -> SelectCase<Output> { selectCase }
  /// The first case.
  @inlinable @inline(__always)
  public static func buildPartialBlock(first: SelectCase<Output>) -> [SelectCase<Output>] {
    var cases: [SelectCase<Output>] = []
    cases.reserveCapacity(4)
    cases.append(first)
    return cases
  }
  /// One more case.
  @inlinable @inline(__always)
  public static func buildPartialBlock(
    accumulated: consuming [SelectCase<Output>], next: SelectCase<Output>
  ) -> [SelectCase<Output>] {
    accumulated.append(next)
    return accumulated
  }
  /// The first cases, of a statement.
  public static func buildPartialBlock(first: [SelectCase<Output>]) -> [SelectCase<Output>] { first }
  /// More cases, of a statement.
  public static func buildPartialBlock(
    accumulated: [SelectCase<Output>], next: [SelectCase<Output>]
  ) -> [SelectCase<Output>] { accumulated + next }
  /// A select without cases.
  public static func buildBlock() -> [SelectCase<Output>] { [] }
  /// `if` without `else`.
  public static func buildOptional(_ component: [SelectCase<Output>]?) -> [SelectCase<Output>] {
    component ?? []
  }
  /// `if`.
  public static func buildEither(first component: [SelectCase<Output>]) -> [SelectCase<Output>] { component }
  /// `else`.
  public static func buildEither(second component: [SelectCase<Output>]) -> [SelectCase<Output>] { component }
  /// `for`.
  public static func buildArray(_ components: [[SelectCase<Output>]]) -> [SelectCase<Output>] {
    Array(components.joined())
  }
}
