extension RuntimePrelude {
  /// Pipelines of stages, given all at once or changed while elements flow.
  static let pipelines = #"""
    local goroutine, internals = ...
    local check, bad, raise = internals.check, internals.bad_argument, internals.raise
    local channel, as_channel = goroutine.channel, internals.as_channel

    -- Failures wait without limit: reading them is up to the script, and must not hold up the elements.
    local function failures() return channel(math.maxinteger, "errors of the pipeline") end

    local function append(pipeline, stage)
      local last = pipeline[#pipeline] or pipeline.source
      internals.start_stage(stage, pipeline)
      stage.previous, stage.next, last.next = last, pipeline.sink, stage
      pipeline[#pipeline + 1] = stage
    end

    local function find(pipeline, name)
      for index, stage in ipairs(pipeline) do
        if stage.name == name then return index, stage end
      end
    end

    -- A stage of another name than the rest.
    local function read(pipeline, stage, index, argument, caller)
      stage = internals.read_stage(stage, index, argument, caller)
      if find(pipeline, stage.name) then bad(argument, caller, ("a second stage is named '%s'"):format(stage.name)) end
      if stage.name == "bottleneck" then bad(argument, caller, "a stage cannot be named 'bottleneck'") end
      return stage
    end

    local function build(caller, input, stages, errors, is_metered)
      input = as_channel(input, 1, caller)
      check(stages, 2, caller, "table")
      if #stages == 0 and next(stages) ~= nil then bad(2, caller, "a list of stages expected") end
      local pipeline = internals.new_pipeline(input, errors, is_metered)
      local parsed = {}
      for index, stage in ipairs(stages) do parsed[index] = read(parsed, stage, index, 2, caller) end
      for _, stage in ipairs(parsed) do append(pipeline, stage) end
      pipeline.run()
      return pipeline
    end

    function goroutine.pipeline(input, stages) return build("pipeline", input, stages).output end

    for _, name in ipairs{ "pipeline_with_errors", "pipeline_with_retry", "pipeline_with_rate_limit" } do
      goroutine[name] = function(input, stages)
        local errors = failures()
        return build(name, input, stages, errors).output, errors
      end
    end

    local Metrics = { __name = "pipeline metrics" }
    Metrics.__index = Metrics
    function Metrics:get() return internals.stage_figures(self.pipeline) end

    function goroutine.pipeline_with_metrics(input, stages)
      local errors = failures()
      local pipeline = build("pipeline_with_metrics", input, stages, errors, true)
      return pipeline.output, setmetatable({ pipeline = pipeline }, Metrics), errors
    end

    -- Dynamic pipelines

    local Dynamic = { __name = "dynamic pipeline" }
    Dynamic.__index = Dynamic

    local function own(self, method)
      if getmetatable(self) ~= Dynamic then
        raise(("call '%s' with a colon: pipeline:%s(...)"):format(method, method))
      end
      return self.pipeline
    end

    function goroutine.dynamic_pipeline(input)
      input = as_channel(input, 1, "dynamic_pipeline")
      return setmetatable({ pipeline = internals.new_pipeline(input, nil, true) }, Dynamic)
    end

    function Dynamic:add_stage(stage)
      local pipeline = own(self, "add_stage")
      local added = (pipeline.added or 0) + 1
      stage = read(pipeline, stage, added, 1, "add_stage")
      if pipeline.source.ended_at then raise(("stage '%s' comes too late: the pipeline has ended"):format(stage.name)) end
      pipeline.added = added
      internals.atomically(append, pipeline, stage)
    end

    -- From here on elements go past the stage, whose neighbour has one source more until the stage has ended.
    local function retire(pipeline, name)
      local index, stage = find(pipeline, name)
      if not stage then
        local names = {}
        for position, other in ipairs(pipeline) do names[position] = "'" .. other.name .. "'" end
        raise(("unknown stage '%s'; there %s"):format(name, #names == 0 and "is none" or "are: " .. table.concat(names, ", ")))
      end
      if stage.inside[goroutine.id()] then raise(("stage '%s' cannot wait for its own end"):format(name)) end
      table.remove(pipeline, index)
      local before, after = stage.previous, stage.next
      before.next, after.previous = after, before
      if not before.ended_at then
        after.sources = after.sources + 1
        stage.sources = stage.sources - 1
        internals.settle_stage(stage)
      end
      return stage
    end

    -- Returns when no element is inside the stage any more.
    function Dynamic:remove_stage(name)
      local pipeline = own(self, "remove_stage")
      check(name, 1, "remove_stage", "string")
      internals.atomically(retire, pipeline, name).ended:receive()
    end

    -- Elements flow from the first call on.
    function Dynamic:output()
      local pipeline = own(self, "output")
      if not pipeline.is_running then
        pipeline.is_running = true
        pipeline.run()
      end
      return pipeline.output
    end

    -- Without this call, failures are reported as those of goroutines nobody awaits.
    function Dynamic:errors()
      local pipeline = own(self, "errors")
      if not pipeline.errors then
        pipeline.errors = failures()
        if pipeline.sink.closing then pipeline.errors:close() end
      end
      return pipeline.errors
    end

    function Dynamic:metrics() return setmetatable({ pipeline = own(self, "metrics") }, Metrics) end
    """#
}
