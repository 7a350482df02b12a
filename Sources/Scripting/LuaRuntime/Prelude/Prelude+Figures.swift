extension RuntimePrelude {
  /// Running times: the average of all, and what 95 of 100 of the latest took at most.
  static let figures = #"""
    local _, internals = ...
    local kept = 1024

    function internals.new_times() return { count = 0, total = 0, latest = {} } end

    function internals.add_time(times, milliseconds)
      times.latest[times.count % kept + 1] = milliseconds
      times.count = times.count + 1
      times.total = times.total + milliseconds
    end

    function internals.average_time(times) return times.count > 0 and times.total / times.count or 0 end

    function internals.p95_time(times)
      local sorted = { table.unpack(times.latest) }
      table.sort(sorted)
      return sorted[math.max(1, math.ceil(#sorted * 0.95))] or 0
    end
    """#
}
