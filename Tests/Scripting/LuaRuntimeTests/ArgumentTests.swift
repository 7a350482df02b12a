import RevoadaLua
import Testing

/// Wrong arguments: an error at the script's line that names the function and the argument.
@Suite struct ArgumentTests {
  static let calls: [(String, String)] = [
    ("goroutine.spawn()", "bad argument #1 to 'spawn' (function expected"),
    ("goroutine.spawn(5)", "bad argument #1 to 'spawn' (function expected, got number)"),
    ("goroutine.async('x')", "(function expected, got string)"),
    ("goroutine.await()", "bad argument #1 to 'await' (goroutine handle expected"),
    ("goroutine.await({})", "(goroutine handle expected, got table)"),
    (
      "goroutine.cancel(goroutine.channel())",
      "bad argument #1 to 'cancel' (goroutine handle expected, got channel)"
    ),
    ("goroutine.sleep()", "bad argument #1 to 'sleep' (number expected"),
    ("goroutine.sleep(-1)", "bad argument #1 to 'sleep' (milliseconds must not be negative)"),
    ("goroutine.sleep(0/0)", "bad argument #1 to 'sleep'"),
    ("goroutine.spawn_many('x', print)", "bad argument #1 to 'spawn_many' (number expected, got string)"),
    ("goroutine.spawn_many(1.5, print)", "bad argument #1 to 'spawn_many' (an integer"),
    ("goroutine.spawn_many(1)", "bad argument #2 to 'spawn_many' (function expected, got no value)"),
    ("goroutine.channel('x')", "bad argument #1 to 'channel' (number expected, got string)"),
    ("goroutine.channel(1, {})", "bad argument #2 to 'channel' (string expected, got table)"),
    ("goroutine.channel_send(5, 1)", "bad argument #1 to 'channel_send' (channel expected, got number)"),
    ("goroutine.channel_receive()", "bad argument #1 to 'channel_receive' (channel expected"),
    (
      "goroutine.channel_try_send({}, 1)",
      "bad argument #1 to 'channel_try_send' (channel expected, got table)"
    ),
    ("goroutine.channel_try_receive(1)", "bad argument #1 to 'channel_try_receive' (channel expected"),
    ("goroutine.channel_close(nil)", "bad argument #1 to 'channel_close' (channel expected, got nil)"),
    ("goroutine.channel_len(1)", "bad argument #1 to 'channel_len'"),
    ("goroutine.channel_cap(1)", "bad argument #1 to 'channel_cap'"),
    ("goroutine.channel_is_closed(1)", "bad argument #1 to 'channel_is_closed'"),
    ("goroutine.channel_range(1, print)", "bad argument #1 to 'range' (channel expected, got number)"),
    ("goroutine.channel():range(5)", "bad argument #2 to 'range' (function expected, got number)"),
    ("goroutine.select()", "bad argument #1 to 'select' (table expected, got no value)"),
    (
      "goroutine.select_timeout('x', {})", "bad argument #1 to 'select_timeout' (number expected, got string)"
    ),
    ("goroutine.select_timeout(1)", "bad argument #2 to 'select_timeout' (table expected, got no value)"),
    ("goroutine.timeout('1s', print)", "bad argument #1 to 'timeout' (number expected, got string)"),
    ("goroutine.timeout(-1, print)", "bad argument #1 to 'timeout' (milliseconds must not be negative)"),
    ("goroutine.timeout(1)", "bad argument #2 to 'timeout' (function expected, got no value)"),
    ("goroutine.after({})", "bad argument #1 to 'after' (number expected, got table)"),
    ("goroutine.ticker(0)", "bad argument #1 to 'ticker' (milliseconds must be positive)"),
    ("goroutine.await_all(5)", "bad argument #1 to 'await_all' (table expected, got number)"),
    ("goroutine.await_all{1}", "bad argument #1 to 'await_all' (element 1 is no goroutine handle)"),
    ("goroutine.await_any{}", "bad argument #1 to 'await_any' (no handles)"),
    ("goroutine.mutex({})", "bad argument #1 to 'mutex' (string expected, got table)"),
    ("goroutine.rwmutex({})", "bad argument #1 to 'rwmutex'"),
    ("goroutine.wait_group({})", "bad argument #1 to 'wait_group'"),
    ("goroutine.cond({})", "bad argument #1 to 'cond'"),
    ("goroutine.once({})", "bad argument #1 to 'once'"),
    ("goroutine.semaphore()", "bad argument #1 to 'semaphore' (number expected, got no value)"),
    ("goroutine.semaphore(1.5)", "bad argument #1 to 'semaphore' (number has no integer representation)"),
    ("goroutine.atomic_int('x')", "bad argument #1 to 'atomic_int' (number expected, got string)"),
    ("goroutine.mutex().lock(5)", "bad argument #1 to 'lock' (mutex expected, got number)"),
    ("goroutine.mutex().lock(goroutine.once())", "bad argument #1 to 'lock' (mutex expected, got once)"),
    ("goroutine.mutex():with_lock()", "bad argument #2 to 'with_lock' (function expected, got no value)"),
    ("goroutine.semaphore(1):acquire('x')", "bad argument #1 to 'acquire' (number expected, got string)"),
    ("goroutine.semaphore(1):acquire(-1)", "must be positive"),
    ("goroutine.wait_group():add({})", "bad argument #1 to 'add' (number expected, got table)"),
    ("goroutine.atomic_int():add()", "bad argument #1 to 'add' (number expected"),
    ("goroutine.atomic_int():compare_and_swap(1)", "bad argument #2 to 'compare_and_swap' (number expected"),
    ("goroutine.once():call(5)", "bad argument #2 to 'call' (function expected, got number)"),
    (
      "goroutine.context():with_timeout('x')",
      "bad argument #1 to 'with_timeout' (number expected, got string)"
    ),
    (
      "goroutine.context():with_timeout(-1)",
      "bad argument #1 to 'with_timeout' (milliseconds must not be negative)"
    ),
    ("goroutine.scope(1)", "bad argument #1 to 'scope' (function expected, got number)"),
    ("goroutine.scope(print, {limit = 0})", "bad argument #2 to 'scope' (option 'limit'"),
    ("goroutine.scope(print, {limits = 1})", "bad argument #2 to 'scope' (unknown option 'limits')"),
    ("goroutine.pool_create(1)", "bad argument #1 to 'pool_create' (string expected, got number)"),
    ("goroutine.pool_create('p', 5)", "bad argument #2 to 'pool_create' (table expected, got number)"),
    ("goroutine.pool_create('p', {workers = 0})", "bad argument #2 to 'pool_create' (option 'workers'"),
    ("goroutine.pool_create('p', {queue = -1})", "bad argument #2 to 'pool_create' (option 'queue'"),
    ("goroutine.pool_create('p', {on_full = 'x'})", "option 'on_full'"),
    ("goroutine.pool_submit('none', print)", "unknown pool 'none'"),
    ("goroutine.pool_submit({}, print)", "bad argument #1 to 'pool_submit' (string expected, got table)"),
    ("goroutine.pool_wait('none')", "unknown pool 'none'"),
    ("goroutine.pool_close('none')", "unknown pool 'none'"),
    ("goroutine.pool_stats('none')", "unknown pool 'none'"),
    ("goroutine.spawn_isolated(5)", "bad argument #1 to 'spawn_isolated' (function expected, got number)"),
    ("goroutine.parallel_map(5, print)", "bad argument #1 to 'parallel_map' (table expected, got number)"),
    ("goroutine.parallel_map({})", "bad argument #2 to 'parallel_map' (function expected, got no value)"),
    (
      "goroutine.parallel_map({}, print, {workers = 'x'})",
      "bad argument #3 to 'parallel_map' (option 'workers'"
    ),
    ("goroutine.pipeline(5, {})", "bad argument #1 to 'pipeline' (channel expected, got number)"),
    (
      "goroutine.pipeline(goroutine.channel(), 5)",
      "bad argument #2 to 'pipeline' (table expected, got number)"
    ),
    (
      "goroutine.pipeline(goroutine.channel(), {{}})",
      "bad argument #2 to 'pipeline' (stage 1 has no function 'fn')"
    ),
    (
      "goroutine.pipeline(goroutine.channel(), {{fn = print, workers = 0}})",
      "stage 1: 'workers' must be an integer of at least 1"
    ),
    ("goroutine.fan_out(goroutine.channel(), 0)", "bad argument #2 to 'fan_out' (an integer of at least 1"),
    ("goroutine.fan_out(1, 1)", "bad argument #1 to 'fan_out' (channel expected, got number)"),
    ("goroutine.fan_in(goroutine.channel())", "bad argument #1 to 'fan_in' (table expected, got channel)"),
    ("goroutine.fan_in{5}", "bad argument #1 to 'fan_in' (element 1 is no channel)"),
    ("require(5)", "bad argument #1 to 'require' (string expected, got number)"),
    ("setmetatable({}, {__gc = print})", "__gc is not available to scripts"),
  ]

  @Test(arguments: calls)
  func isRefused(call: String, message: String) async throws {
    let error = await Script().error("local _\n_ = \(call)")
    #expect(error.kind == .runtime)
    #expect(error.message.hasPrefix("script.lua:2: "), "\(error.message)")
    #expect(error.message.contains(message), "\(error.message)")
  }
}
