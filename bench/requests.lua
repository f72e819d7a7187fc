-- Sends the requests of a file, made and signed beforehand, in turn: wrk -s requests.lua URL -- HEADS [BODY]
-- HEADS: whole request heads, each ended by a zero byte. BODY: a file that follows each head.
local requests, position = {}, 0

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

function init(args)
  local body = args[2] and read(args[2]) or ""
  for head in read(args[1]):gmatch("[^%z]+") do requests[#requests + 1] = head .. body end
end

function request()
  position = position % #requests + 1
  return requests[position]
end

function done(summary, latency, _)
  local e = summary.errors
  io.write(string.format("RESULT requests=%d us=%d bytes=%d failed=%d refused=%d p50_us=%d p99_us=%d\n", summary.requests,
    summary.duration, summary.bytes, e.connect + e.read + e.write + e.timeout, e.status, latency:percentile(50),
    latency:percentile(99)))
end
