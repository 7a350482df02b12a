-- Orders as messages: events for whoever is interested, questions with answers, work that is done in the end.
--
--   revoada run Examples/scripts/orders.lua

local bus, prices = goroutine.pubsub{ name = "events" }, goroutine.request_reply{ name = "prices" }

-- Whoever subscribes to "orders.>" hears of everything about orders.
local journal, listed = bus:subscribe("orders.>"), {}
local listener = goroutine.spawn(function()
  journal:range(function(event) listed[#listed + 1] = event.what .. " " .. event.order end)
end)

-- Prices are a service: each request is handled in a goroutine of its own.
local catalog = { tea = 3, coffee = 5 }
prices:serve(function(article)
  local price = catalog[article]
  if not price then return nil, "no price for " .. article end
  return price
end)

-- Confirmations are sent by workers, tried again when that fails, and kept when it keeps failing.
local mails = goroutine.work_queue{ name = "mails", workers = 3, max_retries = 2, retry_delay = 5 }
local tries = {}
mails:process(function(mail, attempt)
  tries[mail.order] = attempt
  if mail.to == "nobody" then error("no such address", 0) end
  if mail.to == "bruno" and attempt == 1 then return nil, "mailbox busy" end
end)

local orders = {
  { id = 1, who = "ana", article = "tea" }, { id = 2, who = "bruno", article = "coffee" },
  { id = 3, who = "nobody", article = "tea" }, { id = 4, who = "clara", article = "moonlight" },
}
for _, order in ipairs(orders) do
  local price, err = prices:request(order.article, 1000)
  if price then
    bus:publish("orders.accepted", { what = "accepted", order = order.id })
    mails:enqueue({ order = order.id, to = order.who, text = "That makes " .. price }, { key = "order " .. order.id })
  else
    bus:publish("orders.refused", { what = "refused", order = order.id })
    print("order " .. order.id .. ": " .. err)
  end
end

mails:wait()
bus:close()
goroutine.await(listener)
print(table.concat(listed, ", "))
print("attempts", tries[1], tries[2], tries[3])

mails:close()
mails:dead_letter_queue():range(function(mail, info)
  print(("mail to %s: %s, after %d attempts"):format(mail.to, info.error, info.attempts))
end)
