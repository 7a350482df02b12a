import RevoadaLua
import Testing

@Suite struct DeadlockTests {
  @Test func aRunInWhichEverybodyWaitsForEverIsReportedWithEveryWait() async {
    let error = await Script().error(
      """
      local jobs, first = goroutine.channel(0, "jobs"), goroutine.mutex("first")
      goroutine.spawn(function() first:lock() first:lock() end)
      goroutine.spawn(function()
        goroutine.select{ {channel = jobs, receive = true}, {channel = goroutine.channel(0, "other"), send = 1} }
      end)
      goroutine.sleep(5)
      jobs:receive()
      """)
    #expect(error.kind == .deadlock)
    #expect(
      error.message == """
        script.lua:7: deadlock: every goroutine waits for ever
          main waits to receive from channel "jobs" at script.lua:7
          goroutine 2 waits for mutex "first" at script.lua:2
          goroutine 3 waits in select on channel "jobs", channel "other" at script.lua:4
        """)
  }

  @Test(arguments: [
    "goroutine.channel():send(1)", "goroutine.select{}",
    "local wg = goroutine.wait_group() wg:add(1) wg:wait()",
    "goroutine.await(goroutine.async(function() goroutine.channel():receive() end))",
    "goroutine.semaphore(1):acquire() local s = goroutine.semaphore(1, 'x') s:acquire() s:acquire()",
    "local c = goroutine.cond() c:get_mutex():lock() c:wait()",
    "local c = goroutine.channel() goroutine.await(goroutine.spawn_isolated(function() c:receive() end))",
    "for v in goroutine.pipeline(goroutine.channel(), {{fn = print}}):range() do end",
  ])
  func everyKindOfWaitCanDeadlock(source: String) async {
    let error = await Script().error(source)
    #expect(error.kind == .deadlock)
    #expect(error.message.hasPrefix("script.lua:1: deadlock"))
  }

  @Test func waitingForATimerOrANativeCallIsNoDeadlock() async throws {
    let gate = Gate()
    var module = LuaModule("host")
    module.asyncFunction("wait") { _ in
      await gate.wait()
      return [.string("opened")]
    }
    let script = Script(modules: [module])
    async let results = script.run(
      """
      local ch = goroutine.channel()
      goroutine.spawn(function() ch:send((host.wait())) end)
      goroutine.sleep(100)
      return (ch:receive())
      """)
    await gate.open()
    #expect(try await results == ["opened"])
  }

  @Test func workOutsideHoldsTheVerdictBack() async throws {
    let script = Script()
    let results = try await script.main(
      "local ch = goroutine.channel() return function() return (ch:receive()) end, function(v) ch:send(v) end"
    )
    guard case .function(let receive) = results[0], case .function(let send) = results[1] else {
      Issue.record("no functions")
      return
    }
    async let received = script.runtime.main.call(receive, [])
    try await script.runtime.externalWork {
      for _ in 0..<20 { await Task.yield() }
      _ = try await script.runtime.main.call(send, ["from outside"])
    }
    #expect(try await received == ["from outside"])
    await script.runtime.shutdown()
  }
}

/// Opens once.
actor Gate {
  private var isOpen = false
  private var waiters: [CheckedContinuation<Void, Never>] = []

  func wait() async {
    if isOpen { return }
    await withCheckedContinuation { waiters.append($0) }
  }

  func open() {
    isOpen = true
    for waiter in waiters { waiter.resume() }
    waiters = []
  }
}
