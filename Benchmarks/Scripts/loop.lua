-- cpu loop plain: 50 million turns of a numeric loop.
local bench = require("bench")

local function run()
  local sum = 0
  for i = 1, 50000000 do sum = sum + i % 7 end
  assert(sum == 149999998)
end

bench.report("cpu loop plain", "ms", bench.ms(run))
