-- Audits a directory: lines by kind of file, the largest files, and files with the same content.
--
--   revoada run Examples/scripts/audit.lua [-- [--json] [DIRECTORY]]
--
-- How the work is spread:
--   * a pipeline looks at each file's status while the next ones are on their way;
--   * a worker pool hashes what comes out of it, a few files at a time;
--   * isolated goroutines read texts and count their lines, on all cores.

local started = time.now_ms()

-- Arguments ------------------------------------------------------------------------------------

local as_json, root = false, nil
for _, argument in ipairs({ ... }) do
  if argument == "--json" then
    as_json = true
  elseif argument:sub(1, 1) == "-" or root then
    io.stderr:write("usage: revoada run audit.lua [-- [--json] [DIRECTORY]]\n")
    os.exit(2)
  else
    root = argument
  end
end
root = root or "."

-- Progress, for people who watch ---------------------------------------------------------------

local watched = log.is_terminal() and not as_json
local total, hashed, counted, shown_at = 0, 0, 0, 0

local function show_progress(force)
  if not watched then return end
  local now = time.now_ms()
  if not force and now - shown_at < 80 then return end
  shown_at = now
  io.stderr:write(("\r\27[K%d files: %d hashed, %d counted"):format(total, hashed, counted))
end

local function clear_progress()
  if watched then io.stderr:write("\r\27[K") end
end

-- Find the files -------------------------------------------------------------------------------

local paths, problems = fs.walk(root, { skip = { ".git", ".build", ".build-*" }, type = "file" })
if not paths then
  io.stderr:write("audit: " .. problems .. "\n")
  os.exit(1)
end
total = #paths

local errors = {}
local function failed(path, message) errors[#errors + 1] = { path = path, message = message } end
for _, problem in ipairs(problems) do failed(problem.path, problem.message) end

-- Count lines, on other isolates ---------------------------------------------------------------

-- Runs where it shares no variable with this script: everything it needs comes as its argument.
local function count_lines(batch)
  local results = {}
  for index, path in ipairs(batch) do
    local result = { lines = 0, blank = 0 }
    local status = fs.stat(path)
    if status and status.size > 16 * 1024 * 1024 then
      -- Too large to look at each line; counting them needs no copy in memory.
      result.lines = fs.count_lines(path) or 0
    else
      local text = fs.read(path)
      if not text then
        result.unread = true
      elseif text:sub(1, 8000):find("\0", 1, true) then
        result.binary = true
      else
        local start = 1
        while start <= #text do
          local stop = text:find("\n", start, true) or #text + 1
          result.lines = result.lines + 1
          local first = text:find("%S", start)
          if not first or first >= stop then result.blank = result.blank + 1 end
          start = stop + 1
        end
      end
    end
    results[index] = result
  end
  return results
end

local batches, batch_size = {}, 32
for first = 1, #paths, batch_size do
  batches[#batches + 1] = table.move(paths, first, math.min(first + batch_size - 1, #paths), 1, {})
end

local counting = goroutine.async(function()
  local by_path = {}
  -- A few batches at a time, so that progress can be seen.
  local stride = 8
  for first = 1, #batches, stride do
    local slice = table.move(batches, first, math.min(first + stride - 1, #batches), 1, {})
    for index, results in ipairs(goroutine.parallel_map(slice, count_lines)) do
      for position, path in ipairs(slice[index]) do by_path[path] = results[position] end
      counted = counted + #slice[index]
    end
    show_progress()
  end
  return by_path
end)

-- Look at each file in a pipeline, hash it in a pool ---------------------------------------------

local source = goroutine.channel(64)
goroutine.spawn(function()
  for _, path in ipairs(paths) do source:send(path) end
  source:close()
end)

local described = goroutine.pipeline(source, {
  {
    workers = 4,
    fn = function(path)
      local status, message = fs.lstat(path)
      return { path = path, size = status and status.size or 0, problem = message }
    end,
  },
  {
    workers = 1,
    fn = function(file)
      local extension = fs.ext(file.path):lower()
      file.kind = extension ~= "" and extension or "(none)"
      return file
    end,
  },
})

goroutine.pool_create("hash", { workers = 8, queue = 128 })
local files = {}
described:range(function(file)
  if file.problem then
    failed(file.path, file.problem)
    return
  end
  goroutine.pool_submit("hash", function()
    local digest, message = crypto.sha256_file(file.path)
    if digest then
      file.digest = digest
      files[#files + 1] = file
    else
      failed(file.path, message)
    end
    hashed = hashed + 1
    show_progress()
  end)
end)
goroutine.pool_wait("hash")
goroutine.pool_close("hash")

local ok, lines_by_path = goroutine.await(counting)
if not ok then error(lines_by_path, 0) end
clear_progress()

-- Add up -----------------------------------------------------------------------------------------

table.sort(files, function(a, b) return a.path < b.path end)
table.sort(errors, function(a, b) return a.path < b.path end)

local kinds, by_digest = {}, {}
local bytes, lines = 0, 0
for _, file in ipairs(files) do
  local count = lines_by_path[file.path]
  local kind = kinds[file.kind] or { kind = file.kind, files = 0, lines = 0, blank = 0, bytes = 0 }
  kinds[file.kind] = kind
  kind.files = kind.files + 1
  kind.bytes = kind.bytes + file.size
  kind.lines = kind.lines + count.lines
  kind.blank = kind.blank + count.blank
  bytes, lines = bytes + file.size, lines + count.lines
  -- Empty files are all alike; telling so helps nobody.
  if file.size > 0 then
    local group = by_digest[file.digest] or { sha256 = file.digest, bytes = file.size, paths = {} }
    by_digest[file.digest] = group
    group.paths[#group.paths + 1] = file.path
  end
end

local function sorted(map, keep, before)
  local list = {}
  for _, item in pairs(map) do
    if keep(item) then list[#list + 1] = item end
  end
  table.sort(list, before)
  return list
end

local kind_list = sorted(kinds, function() return true end, function(a, b)
  if a.lines ~= b.lines then return a.lines > b.lines end
  return a.kind < b.kind
end)
local duplicates, wasted = sorted(by_digest, function(group) return #group.paths > 1 end, function(a, b)
  local wasted_a, wasted_b = a.bytes * (#a.paths - 1), b.bytes * (#b.paths - 1)
  if wasted_a ~= wasted_b then return wasted_a > wasted_b end
  return a.paths[1] < b.paths[1]
end), 0
for _, group in ipairs(duplicates) do wasted = wasted + group.bytes * (#group.paths - 1) end

local largest = table.move(files, 1, #files, 1, {})
table.sort(largest, function(a, b)
  if a.size ~= b.size then return a.size > b.size end
  return a.path < b.path
end)
local top = {}
for index = 1, math.min(5, #largest) do
  top[index] = { path = largest[index].path, bytes = largest[index].size }
end
local elapsed = time.now_ms() - started

-- Report -----------------------------------------------------------------------------------------

if as_json then
  print(json.encode({
    root = root, files = #files, bytes = bytes, lines = lines, wasted_bytes = wasted, elapsed_ms = elapsed,
    kinds = json.array(kind_list), largest = json.array(top), duplicates = json.array(duplicates),
    errors = json.array(errors),
  }, { pretty = true }))
  return
end

local function size_text(count)
  local units, unit = { "B", "KiB", "MiB", "GiB", "TiB" }, 1
  while count >= 1024 and unit < #units do count, unit = count / 1024, unit + 1 end
  return unit == 1 and ("%d B"):format(count) or ("%.1f %s"):format(count, units[unit])
end

print(("%s: %d files, %d lines, %s"):format(root, #files, lines, size_text(bytes)))
print()
print(("%-14s %8s %10s %10s %12s"):format("kind", "files", "lines", "blank", "size"))
print(("-"):rep(58))
for index, kind in ipairs(kind_list) do
  if index > 15 then
    print(("… and %d more kinds"):format(#kind_list - 15))
    break
  end
  print(("%-14s %8d %10d %10d %12s"):format(kind.kind, kind.files, kind.lines, kind.blank, size_text(kind.bytes)))
end

if #top > 0 then
  print("\nlargest")
  for _, file in ipairs(top) do print(("%12s  %s"):format(size_text(file.bytes), file.path)) end
end

print(("\nduplicates: %d groups, %s could be saved"):format(#duplicates, size_text(wasted)))
for index, group in ipairs(duplicates) do
  if index > 5 then
    print(("… and %d more groups"):format(#duplicates - 5))
    break
  end
  print(("%12s  %s…"):format(size_text(group.bytes), group.sha256:sub(1, 12)))
  for position, path in ipairs(group.paths) do
    if position > 4 then
      print(("%12s  … and %d more"):format("", #group.paths - 4))
      break
    end
    print(("%12s  %s"):format("", path))
  end
end

if #errors > 0 then
  print(("\nnot read: %d"):format(#errors))
  for index, problem in ipairs(errors) do
    if index > 10 then
      print(("… and %d more"):format(#errors - 10))
      break
    end
    print("  " .. problem.message)
  end
end
print(("\n%.2f s"):format(elapsed / 1000))
