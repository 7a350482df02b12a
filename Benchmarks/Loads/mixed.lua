-- wrk: of five requests four read the first page of the stock list, and one receives goods of some product.
-- ESTOQUE_TOKEN is the bearer's, ESTOQUE_PRODUCTS the number of products. Each write is asked for once.

dofile(os.getenv("ESTOQUE_LOADS") .. "/stock.lua")

local products = tonumber(os.getenv("ESTOQUE_PRODUCTS"))
local threads = 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

function init()
  sent, product = 0, number * 7919
  read = wrk.format("GET")
  headers = { Authorization = wrk.headers["Authorization"], ["Content-Type"] = "application/json" }
end

function request()
  sent = sent + 1
  if sent % 5 ~= 0 then return read end
  -- A step that has no divisor in common with the usual numbers of products: all over the table.
  product = (product + 15485863) % products
  local body = string.format(
    '{"kind":"receipt","product":%d,"location":1,"quantity":"2","unitCost":"12.5","reference":"NF %d"}',
    product + 1, sent)
  return wrk.format("POST", "/api/movements", headers, body)
end
