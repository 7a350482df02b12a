import Revoada
import Synchronization

/// What the pools of scripts have in common: how they answer a submit, and what they count.
class LuaPool: SwiftObject, @unchecked Sendable {
  private let lastError = Mutex<String?>(nil)
  private let failsWhenFull: Bool
  /// Runs tasks in other isolates, where the script asked for that.
  private let callIsolated: LuaFunction?

  init(_ call: LuaCall, _ options: LuaOptions, name: String) throws {
    failsWhenFull = try options.choice("on_full", ["block": false, "error": true]) ?? false
    callIsolated = try options.bool("isolated") ?? false ? call.isolate.callIsolated : nil
    super.init(name: name)
  }

  /// Runs a task's function, and remembers what it failed with.
  final func run(_ function: LuaFunction, _ arguments: [LuaValue]) async throws -> [LuaValue] {
    do {
      let name = "task of \(label)"
      if let callIsolated {
        return try await LuaBody(function: callIsolated, name: name)([.function(function)] + arguments)
      }
      return try await LuaBody(function: function, name: name)(arguments)
    } catch {
      lastError.withLock {
        $0 = error is CancellationError ? "the task was cancelled" : String(describing: error)
      }
      throw error
    }
  }

  /// Hands a task in; `nil, "queue full"` where the script asked for that instead of waiting.
  final func submit(
    waiting: () async throws -> UInt64, trying: () throws -> UInt64
  ) async throws -> [LuaValue] {
    do {
      let id = failsWhenFull ? try trying() : try await waiting()
      return [.integer(Int64(id))]
    } catch PoolError.full {
      return [.nil, .string("\(label): queue full")]
    }
  }

  final func table(_ stats: PoolStats) -> LuaValue {
    var table = LuaTable([
      "name": .string(stats.name), "workers": .count(stats.workers), "active": .count(stats.active),
      "queued": .count(stats.queued), "waiting": .count(stats.waiting), "submitted": .count(stats.submitted),
      "completed": .count(stats.completed), "failed": .count(stats.failed), "dropped": .count(stats.dropped),
      "avg_ms": .milliseconds(stats.average), "p95_ms": .milliseconds(stats.p95),
    ])
    table["last_error"] = lastError.withLock { $0 }.map(LuaValue.string) ?? .nil
    return .table(table)
  }

  // MARK: Options

  static let poolOptions: Set<String> = ["name", "queue", "on_full", "timeout", "key_limit", "isolated"]

  /// What all kinds of pools take; the workers are the caller's.
  static func read(_ options: LuaOptions, workers: Int, queue: Int?) throws -> PoolOptions {
    var pool = PoolOptions()
    pool.workers = workers
    pool.queue = try options.integer("queue", in: 0...Int.max) ?? queue
    pool.timeout = try options.duration("timeout")
    pool.keyLimit = try options.integer("key_limit", in: 1...Int.max)
    return pool
  }

  /// A key of fairness: tasks of one key take turns with those of others.
  final func key(_ call: LuaCall, _ index: Int) throws -> LuaKey? {
    call.value(index).isNil ? nil : try LuaKey(call, index)
  }
}
