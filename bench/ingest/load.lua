-- Signed deliveries, each under an id of its own; one in EVERY is a merge, the rest are events nobody handles.
local every, prefix, count = tonumber(os.getenv("EVERY")), os.getenv("PREFIX"), 0

local function read(name)
  local file = assert(io.open(os.getenv(name), "rb"))
  local body = file:read("*a")
  file:close()
  return body
end

local merge = { event = "pull_request", body = read("MERGE"), signature = os.getenv("MERGE_SIGNATURE") }
local other = { event = "pull_request", body = read("OTHER"), signature = os.getenv("OTHER_SIGNATURE") }

function request()
  count = count + 1
  local one = count % every == 0 and merge or other
  return wrk.format("POST", "/github", {
    ["Content-Type"] = "application/json",
    ["User-Agent"] = "GitHub-Hookshot/044aadd",
    ["X-GitHub-Delivery"] = prefix .. "-" .. count,
    ["X-GitHub-Event"] = one.event,
    ["X-Hub-Signature-256"] = one.signature,
  }, one.body)
end

function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format('{"requests": %d, "micros": %d, "failed": %d, "p50": %d, "p99": %d}\n',
    summary.requests, summary.duration, failed, latency:percentile(50), latency:percentile(99)))
end
