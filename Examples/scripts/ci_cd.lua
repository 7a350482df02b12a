-- A small CI/CD run as a workflow: checks side by side, a build, tests in parallel shards, a deployment that is tried again.
--
--   revoada run Examples/scripts/ci_cd.lua
--   revoada run Examples/scripts/ci_cd.lua --task test

local work = assert(fs.temp_dir())

-- Runs commands at once; the first that fails cancels the others.
local function all_of(commands)
  local ok, errors = goroutine.scope(function(scope)
    for name, command in pairs(commands) do
      scope:spawn(function()
        local result = assert(exec.run(command))
        if not result.success then error(name .. " failed: " .. result.stderr, 0) end
      end)
    end
  end, { limit = 4 })
  return ok, errors[1]
end

task("checks")
  :description("format and lint at the same time")
  :timeout("30s")
  :command(function() return all_of({ format = "true", lint = "test -d ." }) end)
  :build()

task("build")
  :depends_on({ "checks" })
  :command(function()
    local artifact = fs.join(work, "app.txt")
    assert(fs.write(artifact, "version 1.0\n"))
    return true, "built", { artifact = artifact, digest = crypto.sha256(assert(fs.read(artifact))) }
  end)
  :build()

task("test")
  :description("four shards in a pool")
  :depends_on({ "build" })
  :command(function(_, params)
    local passed = 0
    local pool = goroutine.bounded_parallel{ max_parallel = 2, name = "shards" }
    for shard = 1, 4 do
      pool:submit(function()
        goroutine.sleep(5)
        if not fs.exists(params.build.artifact) then return nil, "shard " .. shard .. ": no artifact" end
        passed = passed + 1
      end)
    end
    pool:wait_all()
    return passed == 4, pool:stats().last_error, { passed = passed }
  end)
  :build()

local attempts = 0
task("deploy")
  :depends_on({ "test" })
  :retries(2, "constant", { delay = "10ms" })
  :command(function(_, params)
    attempts = attempts + 1
    if attempts < 2 then return false, "the server is restarting" end
    return true, "deployed", { after = params.test.passed }
  end)
  :on_success(function(_, outputs) print(("deployed after %d shards, attempt %d"):format(outputs.after, attempts)) end)
  :build()

workflow.define("delivery", {
  description = "from checks to production",
  tasks = { "checks", "build", "test", "deploy" },
  on_complete = function(success, results)
    fs.remove(work, { recursive = true })
    print(success and "delivered" or "failed", results.deploy.attempts .. " deployment attempts")
  end,
})
