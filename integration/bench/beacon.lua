-- For wrk: sends beacons as browsers do. wrk ... -s beacon.lua URL -- MODE [DELAY]
-- MODE: metric (one web-vitals object), batch (five of them), agent (our agent's message), faro (its payload, 1.5 kB),
-- paths (a metric of a page that nobody has seen yet). DELAY: milliseconds between two requests of a connection.

local mode, pause = "metric", nil
local count = 0
local thread = 0

function setup(one)
  one:set("number", thread)
  thread = thread + 1
end

local function metric(name, value, id, path)
  return string.format(
    '{"name":"%s","value":%s,"rating":"good","delta":%s,"entries":[{"name":"first-contentful-paint","entryType":"paint",'
      .. '"startTime":120,"duration":0,"navigationId":812,"paintTime":96,"presentationTime":120}],"id":"v6-1790000000000-%d",'
      .. '"navigationType":"navigate","navigationId":812,"navigationURL":"http://127.0.0.1:8801%s","navigationStartTime":0}',
    name, value, value, id, path)
end

local bodies = {}

function bodies.metric(id) return metric("FCP", math.random(100, 4000), id, "/") end

function bodies.paths(id) return metric("FCP", math.random(100, 4000), id, "/u" .. id .. "/x?token=secret") end

function bodies.batch(id)
  return "[" .. table.concat({
    metric("TTFB", 42.5, id, "/"), metric("FCP", 900.1, id + 1, "/"), metric("LCP", 1500.25, id + 2, "/"),
    metric("CLS", 0.0166, id + 3, "/"), metric("INP", 152, id + 4, "/"),
  }, ",") .. "]"
end

function bodies.agent(id)
  return string.format(
    '{"v":1,"view":"%016x","seq":0,"page":"/","nav":"navigate","files":{"script":3,"css":1,"image":4,"api":2,"document":1},'
      .. '"bytes":{"script":120000,"css":9000,"image":300000,"document":5000},"api":{"2xx":2},"long":{"tasks":2,"ms":180},'
      .. '"visible":{"ms":8000},"images":{"webp/ok":4},"m":{"fcp":900.1,"lcp":1500.25,"cls":0.0166,"inp":152,"ttfb":42.5,'
      .. '"load":1800,"di":1100,"tti":2400,"tbt":80,"si":1200},"tti":"reached","weight":{"total":434000,"script":120000},'
      .. '"entry":true,"end":true,"engaged":true,"continued":false,"view_ms":8000}', id)
end

local agent_string = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"

function bodies.faro(id)
  local context = '"context":{"id":"v6-1790000000000-%d","rating":"good","navigation_type":"navigate",'
    .. '"navigation_entry_id":"q8pqcb8N9g","load_state":"complete","element":"#hero"},"timestamp":"2026-11-23T22:49:14.936Z"}'
  return '{"meta":{"sdk":{"name":"faro-web","version":"2.10.0"},"app":{"name":"shop","version":"1.2.3","environment":"prod"},'
    .. '"browser":{"name":"Chrome","version":"156.0.0.0","os":"Linux x86_64","userAgent":"' .. agent_string .. '",'
    .. '"language":"en-US","mobile":false,"viewportWidth":"1280","viewportHeight":"633"},"os":{"name":"Linux","version":"x86_64"},'
    .. '"page":{"url":"http://127.0.0.1:8801/shop.html?token=secret"},"session":{"id":"ECULhvmUpG"}},"measurements":['
    .. '{"type":"web-vitals","values":{"fcp":236,"delta":236,"first_byte_to_fcp":226.2,"time_to_first_byte":9.8},'
    .. string.format(context, id)
    .. ',{"type":"web-vitals","values":{"lcp":236,"delta":236,"element_render_delay":110.3,"resource_load_delay":68.1,'
    .. '"resource_load_duration":47.8,"time_to_first_byte":9.8},' .. string.format(context, id + 1)
    .. ',{"type":"web-vitals","values":{"inp":144,"delta":144,"interaction_time":3015.2,"presentation_delay":19.6,'
    .. '"input_delay":1.4,"processing_duration":123},' .. string.format(context, id + 2) .. "]}"
end

function init(arguments)
  mode = arguments[1] or mode
  pause = tonumber(arguments[2])
  wrk.method = "POST"
  wrk.headers["Content-Type"] = mode == "faro" and "application/json" or "text/plain;charset=UTF-8"
  wrk.headers["Origin"] = "http://127.0.0.1:8801"
  wrk.headers["Referer"] = "http://127.0.0.1:8801/"
  wrk.headers["Sec-Fetch-Mode"] = "no-cors"
  wrk.headers["sec-ch-ua-mobile"] = "?0"
  wrk.headers["User-Agent"] = agent_string
  if pause then
    function delay() return pause end
  end
  math.randomseed(os.time() + (number or 0))
  count = (number or 0) * 1000000000 + math.random(1, 100000000)
end

function request()
  count = count + 8
  return wrk.format(nil, nil, nil, bodies[mode](count))
end

function done(summary, latency)
  io.write(string.format("RESULT requests=%d seconds=%.3f errors=%d p50_us=%.0f p99_us=%.0f\n", summary.requests,
    summary.duration / 1e6, summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
