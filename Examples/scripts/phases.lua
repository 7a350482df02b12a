-- Heat in a rod, computed by workers that move from step to step together.
--
--   revoada run Examples/scripts/phases.lua

local cells, workers, steps = 40, 4, 50
local rod, next_rod = {}, {}
for i = 0, cells + 1 do rod[i], next_rod[i] = 0, 0 end
rod[0], next_rod[0] = 100, 100  -- one end is hot

-- Nobody begins a step before all have ended the one before it.
local computed, swapped = goroutine.barrier(workers, "computed"), goroutine.barrier(workers, "swapped")
local ready, done = goroutine.latch(workers), goroutine.latch(workers)

-- What is known about the rod: many read it, one of them may find that it is out of date and renew it.
local report, lock = { step = 0, warm = 0 }, goroutine.rwmutex_upgradeable("report")
local step_now = 0
local function warm_cells()
  lock:rlock()
  if report.step < step_now then
    if lock:upgrade() then
      local warm = 0
      for i = 1, cells do if rod[i] > 10 then warm = warm + 1 end end
      report = { step = step_now, warm = warm }
      lock:downgrade()
    end
  end
  local answer = report.warm
  lock:runlock()
  return answer
end

for worker = 1, workers do
  goroutine.spawn(function()
    local first = (worker - 1) * cells // workers + 1
    local last = worker * cells // workers
    ready:count_down()
    for _ = 1, steps do
      for i = first, last do next_rod[i] = (rod[i - 1] + 2 * rod[i] + rod[i + 1]) / 4 end
      computed:wait()
      if worker == 1 then rod, next_rod, step_now = next_rod, rod, step_now + 1 end
      swapped:wait()
      if step_now % 25 == 0 then warm_cells() end
    end
    done:count_down()
  end)
end

ready:wait()
print("in time", done:wait(10000))
print(("after %d steps %d of %d cells are warm"):format(step_now, warm_cells(), cells))

-- A weighted semaphore: each job takes what it needs.
local memory, peak, used = goroutine.weighted_semaphore(10, "memory"), 0, 0
goroutine.await_all(goroutine.spawn_many(6, function(id)
  local need = id % 3 + 3
  memory:acquire(need)
  used = used + need
  peak = math.max(peak, used)
  goroutine.sleep(1)
  used = used - need
  memory:release(need)
end))
print("never more than 10 at once", peak <= 10)
