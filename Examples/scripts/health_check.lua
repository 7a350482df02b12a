-- Asks services for their health, all at once, each with a time limit, retries and a breaker of its own.
--
--   revoada run Examples/scripts/health_check.lua                    -- services made up for the example
--   revoada run Examples/scripts/health_check.lua -- URL...          -- real ones

local tries = {}
local services = {
  { name = "catalog", ask = function() goroutine.sleep(5) return true end },
  { name = "orders", ask = function(name)  -- answers at the third attempt
    tries[name] = (tries[name] or 0) + 1
    if tries[name] < 3 then return nil, "connection refused" end
    return true
  end },
  { name = "mail", ask = function() return nil, "status 503" end },
  { name = "reports", ask = function() goroutine.sleep(60000) return true end },  -- hangs
}

if arg and #arg > 0 then
  services = {}
  for i, url in ipairs(arg) do
    services[i] = { name = url, ask = function()
      local answer, err = http.get(url, { timeout = 2000 })
      if not answer then return nil, err end
      if not answer.ok then return nil, "status " .. answer.status end
      return true
    end }
  end
end

for _, service in ipairs(services) do
  service.breaker = goroutine.circuit_breaker{ name = service.name, threshold = 3, timeout = 10000 }
end

local function check(service)
  return goroutine.retry({ max_attempts = 3, initial_delay = 5 }, function()
    local ok, result = service.breaker:call(function()
      local in_time, healthy, err = goroutine.timeout(100, service.ask, service.name)
      if not in_time then error(healthy, 0) end
      return healthy, err
    end)
    if not ok then return nil, result end
    return result
  end)
end

local outcomes = goroutine.map(services, check, { limit = 10, deadline = 5000 })
local healthy = 0
for index, outcome in ipairs(outcomes) do
  local service = services[index]
  if outcome.value then healthy = healthy + 1 end
  print(("%-10s %s"):format(service.name, outcome.value and "ok" or outcome.error))
end
print(("%d of %d services are healthy"):format(healthy, #services))
