-- A year of monthly requests: five at once, tried again, with a limit for all of them and an error each.
--
--   revoada run Examples/scripts/periods.lua

local periods = {}
for month = 1, 12 do
  periods[month] = { id = month, first = ("2025-%02d-01"):format(month) }
end

-- The service of this example: March fails at first, September always.
local tried = {}
local function fetch(period)
  goroutine.sleep(5)
  tried[period.id] = (tried[period.id] or 0) + 1
  if period.id == 3 and tried[3] < 3 then error("the service is busy") end
  if period.id == 9 then return nil, "no data for " .. period.first end
  return { total = period.id * 100 }
end

local results = goroutine.map(periods, fetch, {
  limit = 5,
  retry = { max_attempts = 4, initial_delay = 10 },
  timeout = 1000,
  deadline = 5000,
  breaker = goroutine.circuit_breaker{ name = "sales", threshold = 10 },
  cache = goroutine.cache{ ttl = 60000 },
  key = function(period) return period.first end,
})

local total, failed = 0, 0
for _, result in ipairs(results) do
  if result.value then
    total = total + result.value.total
  else
    failed = failed + 1
  end
  print(("%s  %-8s %d attempts"):format(
    result.input.first, result.value and result.value.total or result.error, result.attempts))
end
print(("total %d, %d of %d failed"):format(total, failed, #results))
