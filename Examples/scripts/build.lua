-- A small build as tasks: what does not depend on each other runs at once.
--
--   revoada run Examples/scripts/build.lua
--   revoada run Examples/scripts/build.lua --task test

local work = assert(fs.temp_dir())

local sources = task("sources")
  :description("writes two C files")
  :command(function()
    assert(fs.write(fs.join(work, "answer.c"), "int answer(void) { return 42; }\n"))
    assert(fs.write(fs.join(work, "main.c"), "int answer(void);\nint main(void) { return answer() == 42 ? 0 : 1; }\n"))
    return true, "two files", { files = { "answer.c", "main.c" } }
  end)
  :build()

-- One task per file; `params` holds the outputs of the tasks this one depends on.
local checks = {}
for index, file in ipairs({ "answer.c", "main.c" }) do
  checks[index] = task("check " .. file)
    :depends_on({ "sources" })
    :timeout("10s")
    :retries(1, "constant")
    :command(function(this, params)
      assert(#params.sources.files == 2)
      local text = assert(fs.read(fs.join(work, file)))
      local _, opened = text:gsub("{", "{")
      local _, closed = text:gsub("}", "}")
      return opened == closed, this.name .. ": " .. opened .. " blocks", { digest = crypto.sha256(text) }
    end)
    :build()
end

local test = task("test")
  :description("compares the digests of both files")
  :depends_on({ "check answer.c", "check main.c" })
  :command(function(_, params)
    return params["check answer.c"].digest ~= params["check main.c"].digest, "the files differ"
  end)
  :on_success(function() print("all checks passed") end)
  :on_failure(function(this, message) print(this.name .. " failed: " .. message) end)
  :build()

workflow.define("build", {
  description = "sources, checks, test",
  version = "1.0.0",
  tasks = { sources, checks[1], checks[2], test },
  config = { timeout = "1m", max_parallel_tasks = 4 },
  on_complete = function(success, results)
    fs.remove(work, { recursive = true })
    print(("%s: %d tasks"):format(success and "done" or "failed", (function()
      local count = 0
      for _ in pairs(results) do count = count + 1 end
      return count
    end)()))
  end,
})
