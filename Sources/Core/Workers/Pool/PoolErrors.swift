/// Why a pool did not take a task, or did not run one that it had taken. Every case names the pool.
public enum PoolError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The pool was closed: it takes no more tasks.
  case closed(pool: String)
  /// The queue is full; from a submit that does not wait.
  case full(pool: String)
  /// The queue stayed full for as long as the submit was allowed to wait. The time that a task may *run* is another: see
  /// ``PoolOptions/timeout``.
  case submitTimedOut(pool: String, limit: Duration)
  /// The task was still queued when the pool was shut down; its input was handed back by `shutdownNow`.
  case shutDown(pool: String)

  /// A sentence for people.
  public var description: String {
    switch self {
    case .closed(let pool): "pool \"\(pool)\" is closed: it takes no more tasks"
    case .full(let pool): "pool \"\(pool)\": queue full; wait with submit, or give it a longer queue"
    case .submitTimedOut(let pool, let limit): "pool \"\(pool)\": no room in the queue within \(limit)"
    case .shutDown(let pool): "pool \"\(pool)\" was shut down before the task ran"
    }
  }
}
