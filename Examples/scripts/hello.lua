-- Three goroutines greet through one channel.
--
--   revoada run Examples/scripts/hello.lua

local greetings = goroutine.channel()
local group = goroutine.wait_group()

for _, name in ipairs({ "Ana", "Bruno", "Clara" }) do
  group:add(1)
  goroutine.spawn(function()
    goroutine.sleep(10 * #name)
    greetings:send("Hello, " .. name .. "!")
    group:done()
  end)
end

goroutine.spawn(function()
  group:wait()
  greetings:close()
end)

greetings:range(print)
