-- Signed deliveries, each under an id of its own; one in EVERY is a merge, of each repository in turn, the rest are
-- events nobody handles.
local every, prefix, count, merged = tonumber(os.getenv("EVERY")), os.getenv("PREFIX"), 0, 0

local function read(file)
  local stream = assert(io.open(file, "rb"))
  local body = stream:read("*a")
  stream:close()
  return body
end

local function all(name)
  local found = {}
  for signature in os.getenv(name .. "_SIGNATURES"):gmatch("%S+") do
    local body = read(os.getenv(name) .. "-" .. #found)
    table.insert(found, { event = "pull_request", body = body, signature = signature })
  end
  return found
end

local merges, others = all("MERGE"), all("OTHER")

function request()
  count = count + 1
  local one = others[1]
  if count % every == 0 then
    merged = merged % #merges + 1
    one = merges[merged]
  end
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
