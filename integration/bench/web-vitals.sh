#!/usr/bin/env bash
# web-vitals-collector beside nginx, which answers 204 to the same beacons and looks at none of them, on this machine.
#
#   ./integration/bench/web-vitals.sh
#
# Environment:
#   WEB_VITALS_COLLECTOR_BIN   a binary that is built already, instead of building one
#   SECONDS_EACH               of each load, in turns of 2 (6)
#   CONNECTIONS                of the client (32)
#   PORT                       and the one after it: where the two listen (19700)
# Prints figures and ratios, no verdict. The client is on the same processors, so CPU per request is the number to look
# at. Limits of rates are off; all else is as it is by default.

set -euo pipefail
# shellcheck source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
here=$top/integration/bench
port=${PORT:-19700}
seconds=${SECONDS_EACH:-6}
turn=2
connections=${CONNECTIONS:-32}

# cpu PID: ticks that it has used so far.
cpu() { awk '{ print $14 + $15 }' "/proc/$1/stat"; }
rss() { awk '/^VmRSS/ { printf "%.1f MiB", $2 / 1024 }' "/proc/$1/status"; }

# field NAME RESULT: a number of what beacon.lua printed.
field() { [[ $2 =~ $1=([0-9.]+) ]] && printf '%s' "${BASH_REMATCH[1]}"; }

# load NAME PORT PID MODE PATH: adds a turn of this load to what NAME has of it: requests, seconds, ticks of CPU, errors.
load() {
  local before result
  before=$(cpu "$3")
  result=$(wrk -t1 -c"$connections" -d"${turn}s" -s "$here/beacon.lua" "http://127.0.0.1:$2/$5" -- "$4" | grep RESULT)
  ticks[$1]=$((ticks[$1] + $(cpu "$3") - before))
  requests[$1]=$((requests[$1] + $(field requests "$result")))
  time[$1]=$(awk -v a="${time[$1]}" -v b="$(field seconds "$result")" 'BEGIN { print a + b }')
  errors[$1]=$((errors[$1] + $(field errors "$result")))
}

# tell NAME MODE: sets rate and micros, the CPU per request.
tell() {
  rate=$(awk -v n="${requests[$1]}" -v s="${time[$1]}" 'BEGIN { printf "%.0f", n / s }')
  micros=$(awk -v n="${requests[$1]}" -v t="${ticks[$1]}" -v hz="$(getconf CLK_TCK)" 'BEGIN { printf "%.2f", t / hz * 1e6 / n }')
  printf '  %-22s %-7s %8s requests/s  %7s us CPU a request  errors=%s\n' "$1" "$2" "$rate" "$micros" "${errors[$1]}"
}

need_packages curl wrk
need_daemons nginx
port_free "127.0.0.1:$port" "set PORT"
port_free "127.0.0.1:$((port + 1))" "set PORT"

find_binary web-vitals-collector zlib1g-dev

cat >"$work/nginx.conf" <<CONF
worker_processes 1;
daemon off;
pid $work/nginx.pid;
error_log $work/nginx.error.log;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path $work/body;
  keepalive_requests 100000000;
  server { listen 127.0.0.1:$((port + 1)); location / { return 204; } }
}
CONF
start nginx nginx -e "$work/nginx.error.log" -c "$work/nginx.conf"
start collector "$binary" --web.listen-address="127.0.0.1:$port" --limit.client-rate=0 --limit.rate=0
wait_for "http://127.0.0.1:$port/-/ready" 20 collector
wait_for "http://127.0.0.1:$((port + 1))/" 20 nginx
collector=$(pid_of collector)
nginx=$(pgrep -P "$(pid_of nginx)" | head -n 1)

echo "at rest: collector $(rss "$collector")"
for mode in metric batch agent faro; do
  path=beacon
  [ $mode != faro ] || path=collect
  declare -A requests=([collector]=0 [nginx]=0) ticks=([collector]=0 [nginx]=0) time=([collector]=0 [nginx]=0) errors=([collector]=0 [nginx]=0)
  # In turns, as a machine is faster at one time than at another.
  for ((loaded = 0; loaded < seconds; loaded += turn)); do
    load collector "$port" "$collector" $mode $path
    load nginx $((port + 1)) "$nginx" $mode $path
  done
  tell collector $mode
  ours=$micros our_rate=$rate
  tell nginx $mode
  awk -v m="$mode" -v a="$ours" -v b="$micros" -v r="$our_rate" -v q="$rate" \
    'BEGIN { printf "  %-6s CPU a request: %.2f of nginx, requests a second: %.2f of nginx\n", m, a / b, r / q }'
done
echo "after these loads: collector $(rss "$collector")"

# At a steady 1,000 a second, while being scraped each second.
(for _ in $(seq "$seconds"); do curl -sf "http://127.0.0.1:$port/metrics" -o /dev/null; sleep 1; done) &
scraper=$!
wrk -t1 -c10 -d"${seconds}s" -s "$here/beacon.lua" "http://127.0.0.1:$port/beacon" -- metric 9 |
  sed -n 's/RESULT/  about 1,000 a second, scraped each second:/p'
wait "$scraper" || true

# A million pages that nobody has seen yet.
before=$(curl -sf "http://127.0.0.1:$port/metrics" | grep -vc '^#')
sent=0
while [ $sent -lt 1000000 ]; do
  result=$(wrk -t1 -c"$connections" -d10s -s "$here/beacon.lua" "http://127.0.0.1:$port/beacon" -- paths | grep RESULT)
  sent=$((sent + $(field requests "$result")))
done
after=$(curl -sf "http://127.0.0.1:$port/metrics" | grep -vc '^#')
echo "  after $sent paths: $(rss "$collector"), $before series before, $after after"

# What a scrape of 200 pages on three devices costs.
cat >"$work/sites.yml" <<YML
sites:
  - name: shop
    origins: ["http://127.0.0.1:*"]
    pages: [$(for i in $(seq 200); do printf '"/p%d", ' "$i"; done)]
YML
start many "$binary" --web.listen-address="127.0.0.1:0" --limit.client-rate=0 --limit.rate=0 --sites.file="$work/sites.yml" \
  --settle.time=0s
until grep -qs listening "$work/many.log"; do sleep 0.05; done
many_port=$(sed -n 's/.*127\.0\.0\.1:\([0-9]*\).*/\1/p' "$work/many.log" | head -n 1)
python3 - "$many_port" <<'PY'
import http.client, json, sys
client = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]))
names = [("FCP", 900), ("LCP", 1500), ("CLS", 0.05), ("INP", 120), ("TTFB", 80)]
for page in range(200):
    for hint in ("?0", "?1", None):
        body = json.dumps([{"name": n, "value": v, "page": f"/p{page + 1}"} for n, v in names])
        headers = {"Origin": "http://127.0.0.1:8801", "Content-Type": "text/plain"}
        if hint:
            headers["sec-ch-ua-mobile"] = hint
        client.request("POST", "/beacon", body, headers)
        client.getresponse().read()
PY
many=$(pid_of many)
before=$(cpu "$many")
for _ in $(seq 50); do curl -sf "http://127.0.0.1:$many_port/metrics" -o "$work/scrape"; done
awk -v t=$(($(cpu "$many") - before)) -v hz="$(getconf CLK_TCK)" -v n="$(grep -vc '^#' "$work/scrape")" \
  'BEGIN { printf "  scrape of 200 pages x 3 devices, %d series: %.1f ms CPU\n", n, t / hz * 1000 / 50 }'
