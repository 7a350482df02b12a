-- wrk: the first page of the stock list, over and over. ESTOQUE_TOKEN is the bearer's.
-- `done` prints what came of it as a line of JSON, for estoque_http.py.

wrk.headers["Authorization"] = "Bearer " .. os.getenv("ESTOQUE_TOKEN")
wrk.path = "/api/stock?limit=50"

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests":%d,"microseconds":%d,"p50":%d,"p99":%d,"statuses":%d,"sockets":%d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), errors.status,
    errors.connect + errors.read + errors.write + errors.timeout))
end
