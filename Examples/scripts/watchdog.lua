-- Two bank transfers that lock the same accounts in opposite orders, and a watchdog that finds them.
--
--   revoada run Examples/scripts/watchdog.lua

local profiler = goroutine.profiler()
profiler:start()

local found = goroutine.channel(1)
local detector = goroutine.deadlock_detector{ check_interval = 20, timeout = 60 }
detector:on_deadlock(function(info) found:send(info) end)
detector:start()

local accounts = { ana = goroutine.mutex("ana"), bruno = goroutine.mutex("bruno") }
local function transfer(from, to)
  accounts[from]:lock()
  goroutine.sleep(10)  -- asks the bank
  accounts[to]:lock()
  accounts[to]:unlock()
  accounts[from]:unlock()
end
local transfers = { goroutine.spawn(transfer, "ana", "bruno"), goroutine.spawn(transfer, "bruno", "ana") }

-- Meanwhile the rest of the program goes on.
local log = goroutine.channel(8, "log")
local inspector = goroutine.channel_inspector(log)
for i = 1, 3 do log:send("line " .. i) end
log:receive()

local info = found:receive()
print("stuck: " .. info.stuck_count)
for _, sentence in ipairs(info.cycle) do print("  " .. sentence:gsub("%S+/", "")) end
detector:stop()
for _, handle in ipairs(transfers) do handle:cancel() end

print(("log: %d sent, %d received, %d waiting"):format(inspector:total_sent(), inspector:total_received(), inspector:len()))
profiler:stop()
local stats = profiler:stats()
print(("goroutines: %d spawned, %d cancelled, %d active"):format(stats.total_created, stats.cancelled, stats.active))
