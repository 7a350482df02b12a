/// The task language as scripts see it: builders that check each call at the caller's line and hand the
/// finished definition to Swift.
enum TaskPrelude {
  static let name = "task"
  static let source = #"""
    local native = ...
    local register_task, register_workflow = native.register_task, native.register_workflow
    local parse_duration = native.parse_duration
    native.register_task, native.register_workflow, native.parse_duration = nil, nil, nil

    -- The stack level of the innermost script line, seen from the function that calls this one.
    local here = debug.getinfo(1, "S").source
    local function script_level()
      local level = 3
      while true do
        local info = debug.getinfo(level, "S")
        if not info then return 2 end
        if info.source ~= here and info.what ~= "C" then return level - 1 end
        level = level + 1
      end
    end

    local context  -- what is being read when that is not a method call: "task 'x': "
    local function raise(message)
      local prefix = context or ""
      context = nil
      error(prefix .. message, script_level())
    end

    local function bad(method, index, expected, value, detail)
      local got = detail or (expected .. " expected, got " .. (value == nil and "no value" or type(value)))
      raise(("bad argument #%d to '%s' (%s)"):format(index, method, got))
    end

    local function check(method, index, expected, value)
      if type(value) ~= expected then bad(method, index, expected, value) end
      return value
    end

    local function check_name(method, value)
      check(method, 1, "string", value)
      if value == "" then bad(method, 1, nil, nil, "a name cannot be empty") end
      return value
    end

    local function place()
      local info = debug.getinfo(script_level(), "Sl")
      return { file = info and info.short_src or "?", line = info and info.currentline or 0 }
    end

    local function check_duration(method, index, value)
      if type(value) ~= "string" and type(value) ~= "number" then
        bad(method, index, "duration such as \"30s\"", value)
      end
      local ms = parse_duration(value)
      if not ms then
        bad(method, index, nil, nil, ("'%s' is no duration; write \"500ms\", \"30s\", \"5m\" or \"1h30m\""):format(value))
      end
      return ms
    end

    local strategies = { constant = true, linear = true, exponential = true }
    local function check_strategy(method, index, value)
      if value ~= nil and not strategies[value] then
        bad(method, index, nil, nil,
          ("unknown strategy '%s'; use \"constant\", \"linear\" or \"exponential\""):format(tostring(value)))
      end
      return value
    end

    local definition = {}  -- key of a builder's data: out of the way of its methods and of pairs-less readers

    local function builder_class(kind, methods)
      local class = { __name = kind, __index = function(self, key)
        local method = methods[key]
        if method == nil and type(key) == "string" then
          local names = {}
          for name in pairs(methods) do names[#names + 1] = name end
          table.sort(names)
          raise(("unknown %s method '%s' (there are: %s)"):format(kind, key, table.concat(names, ", ")))
        end
        return method
      end }
      class.__tostring = function(self) return kind .. " '" .. rawget(self, definition).name .. "'" end
      return class
    end

    local function open(self, class, method)
      if getmetatable(self) ~= class then
        raise(("call '%s' with a colon: task(\"name\"):%s(...)"):format(method, method))
      end
      local data = rawget(self, definition)
      if data.built then raise(("task '%s' is already built"):format(data.name)) end
      return data
    end

    local Task
    local task_methods = {}
    local function setter(method, key, prepare)
      task_methods[method] = function(self, ...)
        local data = open(self, Task, method)
        data[key] = prepare(method, ...)
        return self
      end
    end
    local function typed(expected)
      return function(method, value) return check(method, 1, expected, value) end
    end
    setter("description", "description", typed("string"))
    setter("command", "command", typed("function"))
    setter("on_success", "on_success", typed("function"))
    setter("on_failure", "on_failure", typed("function"))
    setter("delegate_to", "agent", typed("string"))
    task_methods.timeout = function(self, value)
      local data = open(self, Task, "timeout")
      data.timeout = check_duration("timeout", 1, value)
      return self
    end

    local function dependency_name(value)
      if getmetatable(value) == Task then return rawget(value, definition).name end
      return value
    end

    task_methods.depends_on = function(self, first, ...)
      local data = open(self, Task, "depends_on")
      local list
      if type(first) == "table" and getmetatable(first) ~= Task then list = first else list = { first, ... } end
      if #list == 0 and next(list) ~= nil then
        bad("depends_on", 1, nil, nil, "a list of task names expected")
      end
      local names = data.depends_on or {}
      for i = 1, #list do
        local name = dependency_name(list[i])
        if type(name) ~= "string" then
          bad("depends_on", 1, nil, nil, ("task name expected at index %d, got %s"):format(i, type(name)))
        end
        names[#names + 1] = name
      end
      data.depends_on = names
      return self
    end

    task_methods.retries = function(self, count, strategy, options)
      local data = open(self, Task, "retries")
      check("retries", 1, "number", count)
      if count < 0 or count ~= math.floor(count) or count > 1e6 then
        bad("retries", 1, nil, nil, "a whole number of retries expected, got " .. tostring(count))
      end
      check_strategy("retries", 2, strategy)
      if options ~= nil then check("retries", 3, "table", options) end
      options = options or {}
      data.retries = {
        count = math.floor(count), strategy = strategy,
        delay = options.delay and check_duration("retries", 3, options.delay),
        max_delay = options.max_delay and check_duration("retries", 3, options.max_delay),
      }
      return self
    end

    local function build(data)
      local problem = register_task(data)
      if problem then raise(problem) end
      data.built = true
    end

    task_methods.build = function(self)
      build(open(self, Task, "build"))
      return self
    end

    Task = builder_class("task", task_methods)

    function _G.task(name)
      check_name("task", name)
      return setmetatable({ [definition] = { name = name, place = place() } }, Task)
    end

    -- A task written as a table: the same fields as the methods, plus its name.
    local keys = {
      "description", "command", "depends_on", "timeout", "retries", "on_success", "on_failure", "delegate_to",
    }
    local function task_from_table(spec, place)
      local self = setmetatable({ [definition] = { name = spec.name, place = place } }, Task)
      context = ("task '%s': "):format(spec.name)
      for _, key in ipairs(keys) do
        local value = spec[key]
        if value ~= nil then task_methods[key](self, value, key == "retries" and spec.strategy or nil) end
      end
      context = nil
      return self
    end

    local Workflow
    local workflow_methods = {}

    local function own(self, method)
      if getmetatable(self) ~= Workflow then
        raise(("call '%s' with a colon: workflow.define(\"name\"):%s(...)"):format(method, method))
      end
      return rawget(self, definition)
    end

    -- Registered anew after each change: the chained form needs no build call.
    local function publish(data)
      local problem = register_workflow(data)
      if problem then raise(problem) end
    end

    local function set_tasks(data, list)
      local names = {}
      if #list == 0 and next(list) ~= nil then
        raise("bad argument #1 to 'tasks' (a list of tasks expected)")
      end
      for i = 1, #list do
        local item = list[i]
        if type(item) == "table" and getmetatable(item) == nil and type(item.name) == "string" then
          item = task_from_table(item, data.place)
        end
        if getmetatable(item) == Task then
          local inner = rawget(item, definition)
          if not inner.built then build(inner) end
          names[i] = inner.name
        elseif type(item) == "string" then
          names[i] = item
        else
          raise(("bad argument #1 to 'tasks' (task or task name expected at index %d, got %s)"):format(
            i, type(item)))
        end
      end
      data.tasks = names
    end

    local known_config = { timeout = true, max_parallel_tasks = true, fail_fast = true, retry_policy = true }
    local function set_config(data, config)
      local result, unknown = {}, {}
      for key, value in pairs(config) do
        if not known_config[key] then unknown[#unknown + 1] = tostring(key) end
      end
      table.sort(unknown)
      result.unknown = unknown
      if config.timeout ~= nil then
        result.timeout = parse_duration(config.timeout)
        if not result.timeout then
          raise(("workflow '%s': timeout '%s' is no duration"):format(data.name, tostring(config.timeout)))
        end
      end
      local limit = config.max_parallel_tasks
      if limit ~= nil then
        if type(limit) ~= "number" or limit < 1 or limit ~= math.floor(limit) then
          raise(("workflow '%s': max_parallel_tasks must be a whole number of at least 1"):format(data.name))
        end
        result.max_parallel_tasks = math.floor(limit)
      end
      if config.retry_policy ~= nil then
        if not strategies[config.retry_policy] then
          raise(("workflow '%s': unknown retry_policy '%s'"):format(data.name, tostring(config.retry_policy)))
        end
        result.retry_policy = config.retry_policy
      end
      if config.fail_fast ~= nil then result.fail_fast = not not config.fail_fast end
      data.config = result
    end

    for method, expected in pairs({
      description = "string", version = "string", on_start = "function", on_complete = "function",
    }) do
      workflow_methods[method] = function(self, value)
        local data = own(self, method)
        check(method, 1, expected, value)
        data[method] = value
        publish(data)
        return self
      end
    end
    workflow_methods.metadata = function(self, value)
      local data = own(self, "metadata")
      check("metadata", 1, "table", value)
      return self
    end
    workflow_methods.tasks = function(self, list, ...)
      local data = own(self, "tasks")
      if type(list) ~= "table" or getmetatable(list) == Task then list = { list, ... } end
      set_tasks(data, list)
      publish(data)
      return self
    end
    workflow_methods.config = function(self, config)
      local data = own(self, "config")
      check("config", 1, "table", config)
      set_config(data, config)
      publish(data)
      return self
    end
    workflow_methods.build = function(self)
      own(self, "build")
      return self
    end

    Workflow = builder_class("workflow", workflow_methods)

    local fields = {
      description = "string", version = "string", tasks = "table", config = "table", metadata = "table",
      on_start = "function", on_complete = "function",
    }

    function native.define(name, spec)
      check_name("define", name)
      local data = { name = name, place = place(), new = true }
      if spec ~= nil then
        check("define", 2, "table", spec)
        for key, value in pairs(spec) do
          local expected = fields[key]
          if not expected then
            bad("define", 2, nil, nil, ("workflow '%s' has an unknown field '%s'"):format(name, tostring(key)))
          elseif type(value) ~= expected then
            bad("define", 2, nil, nil,
              ("field '%s' of workflow '%s': %s expected, got %s"):format(key, name, expected, type(value)))
          end
        end
        data.description, data.version = spec.description, spec.version
        data.on_start, data.on_complete = spec.on_start, spec.on_complete
        if spec.tasks then set_tasks(data, spec.tasks) end
        if spec.config then set_config(data, spec.config) end
      end
      publish(data)
      data.new = nil
      return setmetatable({ [definition] = data }, Workflow)
    end
    """#
}
