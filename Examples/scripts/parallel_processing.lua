-- Processes a list on all cores, and again as many small waits at once.
--
--   revoada run Examples/scripts/parallel_processing.lua

-- Work that computes: copies of the function run on other cores.
local function collatz(n)
  local steps = 0
  while n ~= 1 do
    n = n % 2 == 0 and n // 2 or 3 * n + 1
    steps = steps + 1
  end
  return steps
end

local numbers = {}
for i = 1, 2000 do numbers[i] = i end
local steps = goroutine.parallel_map(numbers, collatz)
local longest = 1
for i, count in ipairs(steps) do if count > steps[longest] then longest = i end end
print(("longest way to 1 below 2001: from %d, in %d steps"):format(longest, steps[longest]))

-- Work that waits: goroutines of this script, ten at a time.
goroutine.pool_create("processor", { workers = 10 })
local processed, active, peak = 0, 0, 0
for _, item in ipairs(numbers) do
  goroutine.pool_submit("processor", function()
    active = active + 1
    peak = math.max(peak, active)
    goroutine.sleep(0.1)
    active = active - 1
    processed = processed + item
  end)
end
goroutine.pool_wait("processor")
local stats = goroutine.pool_stats("processor")
print(("processed %d items, %d at once, sum %d"):format(stats.completed, peak, processed))
goroutine.pool_close("processor")

-- Work with results: an outcome for each item, in order.
local outcomes = goroutine.map({ "one", "two", "three" }, function(word)
  if word == "two" then return nil, "no twos" end
  return #word
end, { limit = 2, retry = { max_attempts = 2, initial_delay = 1 } })
for _, outcome in ipairs(outcomes) do
  print(outcome.input, outcome.value or outcome.error, outcome.attempts .. " attempts")
end
