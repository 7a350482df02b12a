-- cpu loop fib(32): calls, comparisons and integer arithmetic.
local bench = require("bench")

local function fib(n)
  if n < 2 then return n end
  return fib(n - 1) + fib(n - 2)
end

bench.report("cpu loop fib(32)", "ms", bench.ms(function() assert(fib(32) == 2178309) end))
