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
nonisolated(nonsending)
  public func select<Output>(
    _ order: SelectOrder = .random, @SelectBuilder<Output> _ cases: () throws -> [SelectCase<Output>]
  ) async throws -> Output
{
  let cases = try cases()
  let chosen = await choose(among: cases, order)
  for (index, item) in cases.enumerated() { item.conclude(won: index == chosen) }
  guard let chosen else { throw CancellationError() }
  return try await cases[chosen].finish()
}

/// The index of the case that has committed; nil if the task was cancelled first.
nonisolated(nonsending)
  private func choose<Output>(among cases: [SelectCase<Output>], _ order: SelectOrder) async -> Int?
{
  let locks = LockSet(cases.lazy.compactMap(\.lock))
  locks.acquire()
  var wake: [Wakeup] = []
  let first = order == .random && cases.count > 1 ? Int(crv_random() % UInt64(cases.count)) : 0
  for offset in 0..<cases.count {
    let index = first + offset < cases.count ? first + offset : first + offset - cases.count
    if cases[index].commitIfReady(wake: &wake) {
      locks.release()
      for waiter in wake { waiter() }
      return index
    }
  }
  if let index = cases.firstIndex(where: \.isDefault) {
    locks.release()
    return index
  }
  let state = SelectState()
  await state.wait(
    {
      // From the same case on: of two sends to one channel, whoever comes to receive finds either first.
      for offset in 0..<cases.count {
        let index = first + offset < cases.count ? first + offset : first + offset - cases.count
        cases[index].enqueue(state, index: Int32(index))
        cases[index].arm(state, index: Int32(index))
      }
    }, release: { locks.release() })
  locks.acquire()
  for item in cases { item.dequeue() }
  locks.release()
  let winner = state.winningCase
  return winner == SelectState.cancelledCase ? nil : Int(winner)
}

/// The locks of a select's cases, each once, in the order of their addresses, so that two selects cannot wait for each other.
private struct LockSet: @unchecked Sendable {  // pointers to locks, which any thread may take
  private var locks: [UnsafeMutablePointer<crv_lock>]

  init(_ all: some Sequence<UnsafeMutablePointer<crv_lock>>) {
    locks = Array(all)
    guard locks.count > 1 else { return }
    locks.sort()
    for index in locks.indices.dropFirst().reversed() where locks[index] == locks[index - 1] {
      locks.remove(at: index)
    }
  }

  func acquire() { for lock in locks { crv_lock_acquire(lock) } }
  func release() { for lock in locks { crv_lock_release(lock) } }
}

/// Collects the cases of a ``select(_:_:)``.
@resultBuilder
public enum SelectBuilder<Output> {
  /// One case.
  public static func buildExpression(_ expression: SelectCase<Output>) -> [SelectCase<Output>] {
    [expression]
  }
  /// One case of another primitive.
  public static func buildExpression(_ expression: some SelectCaseSource<Output>) -> [SelectCase<Output>] {
    [expression.selectCase]
  }
  /// Cases one after the other.
  public static func buildBlock(_ components: [SelectCase<Output>]...) -> [SelectCase<Output>] {
    components.count == 1 ? components[0] : Array(components.joined())
  }
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
