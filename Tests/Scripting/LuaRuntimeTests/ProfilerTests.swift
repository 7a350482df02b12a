import RevoadaLua
import Testing

@Suite(.timeLimit(.minutes(10))) struct ProfilerTests {
  @Test func countsWhatIsSpawnedWhileItRuns() async {
    await check(
      """
      local before = goroutine.spawn(function() goroutine.sleep(5) end)
      local profiler = goroutine.profiler()
      t.eq(profiler:stats().total_created, 0)
      profiler:start()
      local handles = goroutine.spawn_many(10, function(i)
        goroutine.sleep(i == 10 and 100 or 10)
        if i == 10 then error("counted") end
      end)
      local stuck = goroutine.spawn(function() goroutine.channel():receive() end)
      goroutine.sleep(1)
      t.eq(profiler:stats().active, 11)
      goroutine.await_all(handles)
      stuck:cancel()
      local stats = profiler:stats()
      t.eq(stats.total_created, 11) t.eq(stats.completed, 9) t.eq(stats.failed, 1) t.eq(stats.cancelled, 1) t.eq(stats.active, 0)
      t.eq(stats.avg_lifetime, (9 * 10 + 100 + 100) / 11) t.eq(stats.p95_lifetime, 100)
      profiler:stop() profiler:stop()
      goroutine.await(goroutine.spawn(function() end))
      t.eq(profiler:stats().total_created, 11)
      profiler:start()
      t.eq(profiler:stats().total_created, 0, "counts anew")
      """)
  }

  @Test func severalCountIndependently() async {
    await check(
      """
      local a, b = goroutine.profiler(), goroutine.profiler()
      a:start()
      local first = goroutine.spawn(function() goroutine.sleep(10) end)
      b:start()
      local second = goroutine.spawn(function() goroutine.sleep(5) end)
      goroutine.await_all{ first, second }
      t.eq(a:stats().completed, 2) t.eq(b:stats().completed, 1) t.eq(b:stats().total_created, 1)
      a:stop() a = nil
      collectgarbage()
      goroutine.timeout(5, function() goroutine.sleep(100) end)
      t.eq(b:stats().cancelled, 1)
      t.fails(b.start, "runs already", b)
      t.fails(b.stats, "profiler expected, got table", {})
      """)
  }
}
