/// The functions of `goroutine` that make Swift objects, and what the preludes ask of Swift.
enum Constructors {
  static var functions: [Library.Function] {
    [
      constructor("mutex") { SharedMutex(name: try name($0, 1)) },
      constructor("rwmutex") { SharedRWMutex(name: try name($0, 1)) },
      constructor("wait_group") { SharedWaitGroup(name: try name($0, 1)) },
      constructor("cond") { SharedCondition(name: try name($0, 1)) },
      constructor("once") { SharedOnce(name: try name($0, 1)) },
      constructor("context") { _ in SharedContext.root() },
      constructor("atomic_int") {
        SharedInteger(try $0.optionalInteger(1) ?? 0, name: try name($0, 2))
      },
      constructor("semaphore", semaphore),
      constructor("weighted_semaphore", semaphore),
      constructor("barrier", LuaBarrier.init),
      constructor("latch", LuaLatch.init),
      constructor("rwmutex_upgradeable", LuaUpgradeableLock.init),
      constructor("rate_limiter", LuaRateLimiter.init),
      constructor("circuit_breaker", LuaCircuitBreaker.init),
      constructor("bulkhead", LuaBulkhead.init),
      constructor("adaptive_limiter", LuaAdaptiveLimiter.init),
      constructor("policy", LuaPolicy.init),
      constructor("priority_worker_pool", LuaPriorityPool.init),
      constructor("adaptive_pool", LuaAdaptivePool.init),
      constructor("bounded_parallel", LuaBoundedParallel.init),
      constructor("batch_processor", LuaBatchProcessor.init),
      constructor("coalescing_cache", LuaCoalescingCache.init),
      constructor("tagged_cache", LuaTaggedCache.init),
      constructor("cache", LuaCache.init),
      constructor("object_pool", LuaObjectPool.init),
      constructor("priority_channel", LuaPriorityChannel.init),
      constructor("broadcaster", LuaBroadcaster.init),
      constructor("pubsub", LuaPubSub.init),
      constructor("request_reply", LuaRequestReply.init),
      constructor("work_queue", LuaWorkQueue.init),
      constructor("deadlock_detector", LuaDeadlockDetector.init),
      LuaRetry.function, LuaHedge.function, LuaMap.function,
      Library.Function(
        module: nil, field: "script",
        body: .synchronous { call in
          let script = call.isolate.core.script.withLock { $0 }
          return [
            .string(script.directory), .string(script.path ?? ""),
            .table(LuaTable(array: script.arguments.map { .string($0) })),
          ]
        }),
      Library.Function(
        module: nil, field: "keep_call_isolated",
        body: .synchronous { call in
          call.isolate.callIsolated = try call.function(1)
          return []
        }),
      Library.Function(
        module: nil, field: "isolates",
        body: .synchronous { [.integer(Int64(max(1, $0.isolate.core.configuration.isolates)))] }),
    ]
  }

  private static func constructor(
    _ field: String, _ make: @escaping @Sendable (LuaCall) throws -> SharedObject
  ) -> Library.Function {
    Library.Function(
      module: "goroutine", field: field,
      body: .synchronous { call in
        // What the object starts, and its timers, follow the isolate.
        [.handle(LuaHandle(object: try call.isolate.executor.host { try make(call) }))]
      })
  }

  /// Every semaphore is weighted.
  @Sendable private static func semaphore(_ call: LuaCall) throws -> SharedObject {
    let capacity = try call.integer(1)
    guard capacity > 0 else { throw call.argumentError(1, "the number of permits must be positive") }
    return SharedSemaphore(capacity: capacity, name: try name(call, 2))
  }

  private static func name(_ call: LuaCall, _ index: Int) throws -> String? {
    try call.optionalString(index)?.text
  }
}
