-- A shop that calls services which are slow, full or down, and goes on all the same.
--
--   revoada run Examples/scripts/shop.lua

-- Services made up for the example.
local shipping_calls, stock_calls = 0, 0
local function shipping(order)  -- slow now and then
  shipping_calls = shipping_calls + 1
  goroutine.sleep(shipping_calls % 4 == 1 and 2000 or 5)
  return "parcel " .. order
end
local function stock()  -- down twice, then up
  stock_calls = stock_calls + 1
  if stock_calls <= 2 then error("stock: connection refused") end
  return 42
end
local function recommendations() error("recommendations: out of order") end

-- Each service has places of its own: one that hangs cannot take them all.
local services = goroutine.bulkhead{ partitions = {
  shipping = { max_concurrent = 4 },
  reports = { max_concurrent = 1, max_queue = 0 },
} }

-- The first layer is the outermost.
local careful = goroutine.policy{
  { retry = { max_attempts = 4, initial_delay = 5 } },
  { breaker = goroutine.circuit_breaker{ name = "stock", threshold = 5 } },
  { timeout = 200 },
}
local optional = goroutine.policy{
  { fallback = function(why) return "bestsellers (" .. why:match(".*: (.*)$") .. ")" end },
  { breaker = goroutine.circuit_breaker{ name = "recommendations", threshold = 3 } },
}

print("stock", select(2, careful:execute(stock)), stock_calls .. " attempts")
print("recommended", select(2, optional:execute(recommendations)))

-- A second call starts when the first one takes long.
local parcels = goroutine.map({ "A", "B", "C", "D" }, function(order)
  local ok, parcel = services:execute("shipping", function()
    return goroutine.hedge({ delay = 50 }, shipping, order)
  end)
  return ok and parcel or nil, parcel
end)
for _, outcome in ipairs(parcels) do print("shipping", outcome.value) end

-- A full partition refuses at once.
local gate = goroutine.channel()
goroutine.spawn(function() services:execute("reports", function() gate:receive() end) end)
goroutine.yield()
print("report", select(2, services:execute("reports", print)))
gate:send(true)
