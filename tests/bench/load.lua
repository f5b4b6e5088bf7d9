-- wrk's side of load.py: method, body and path come from the environment; counts answers by their status.
wrk.method = os.getenv("LOAD_METHOD") or "GET"
wrk.body = os.getenv("LOAD_BODY")
wrk.headers["Content-Type"] = "application/json"
local etag = os.getenv("LOAD_IF_NONE_MATCH")
if etag then wrk.headers["If-None-Match"] = etag end
local highest = tonumber(os.getenv("LOAD_HIGHEST_ID") or "0")
local threads = {}

function setup(thread) table.insert(threads, thread) end
function init() math.randomseed(42); wanted, other = 0, 0; expected = tonumber(os.getenv("LOAD_STATUS")) end

function request()
  local path = wrk.path
  if highest > 0 then path = path .. "/" .. math.random(highest) end
  return wrk.format(nil, path)
end

function response(status)
  if status == expected then wanted = wanted + 1 else other = other + 1; last = status end
end

function done(summary, latency)
  local wanted, other, last = 0, 0, 0
  for _, thread in ipairs(threads) do
    wanted = wanted + thread:get("wanted"); other = other + thread:get("other"); last = thread:get("last") or last
  end
  local failed = summary.errors.connect + summary.errors.read + summary.errors.timeout
  print(string.format("LOAD %d %d %d %d %d", wanted, other, last, failed, summary.duration))
end
