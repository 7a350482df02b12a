-- isolates x2: how much sooner two isolates on two cores finish two computations than one isolate
-- that does one after the other.
local goroutine = require("goroutine")
local bench = require("bench")

local function work(times)
  local function fib(n)
    if n < 2 then return n end
    return fib(n - 1) + fib(n - 2)
  end
  for _ = 1, times do assert(fib(32) == 2178309) end
end

-- Runs the given loads at once, each isolated, and waits for all of them.
local function at_once(...)
  local handles = {}
  for _, times in ipairs({ ... }) do
    handles[#handles + 1] = goroutine.spawn_isolated(work, times)
  end
  for _, result in ipairs(goroutine.await_all(handles)) do
    assert(result.success, result.error)
  end
end

at_once(1, 1)
local alone = bench.ms(at_once, 2)
local together = bench.ms(at_once, 1, 1)
bench.report("isolates x2", "x", alone / together)
