-- Extract, transform, load: records from CSV text through a pipeline into batches.
--
--   revoada run Examples/scripts/etl.lua [-- FILE.csv]

local function extract(output)
  local source = arg and arg[1] and assert(fs.read(arg[1]))
  if not source then
    local lines = { "sku,name,cents" }
    for i = 1, 250 do
      lines[#lines + 1] = ("SKU%03d,product %d,%s"):format(i, i, i % 50 == 0 and "free" or i * 100)
    end
    source = table.concat(lines, "\n")
  end
  local header = true
  for line in source:gmatch("[^\n]+") do
    if not header then output:send(line) end
    header = false
  end
  output:close()
end

local lines = goroutine.channel(32, "lines")
goroutine.spawn(extract, lines)

local records, metrics, errors = goroutine.pipeline_with_metrics(lines, {
  { name = "parse", workers = 2, fn = function(line)
    local sku, name, cents = line:match("^(%w+),([^,]+),(%w+)$")
    if not sku then return nil, "three fields expected" end
    return { sku = sku, name = name, cents = cents }
  end },
  { name = "convert", workers = 2, ordered = true, fn = function(record)
    local cents = tonumber(record.cents)
    if not cents then return nil, ("%s: '%s' is no price"):format(record.sku, record.cents) end
    return { sku = record.sku, name = record.name:upper(), price = cents / 100 }
  end },
})

local rejected = goroutine.async(function()
  local list = {}
  errors:range(function(message) list[#list + 1] = message end)
  return list
end)

-- The database of this example is a table; a slow one would hold the pipeline back, not lose anything.
local stored, batches = {}, 0
local loader = goroutine.batch_processor{ batch_size = 50, flush_interval = 200, fn = function(batch)
  goroutine.sleep(2)
  batches = batches + 1
  for _, record in ipairs(batch) do stored[record.sku] = record end
end }
records:range(function(record) loader:add(record) end)
loader:close()

local count = 0
for _ in pairs(stored) do count = count + 1 end
local _, failures = goroutine.await(rejected)
print(("loaded %d records in %d batches, rejected %d"):format(count, batches, #failures))
table.sort(failures)
for _, message in ipairs(failures) do print("  " .. message) end
print(("parsed %d lines"):format(metrics:get().parse.processed))
