#!/usr/bin/env bash
# http-probe-exporter beside blackbox_exporter, against the same nginx on this machine, in one run.
#
#   ./integration/bench/http-probe.sh
#
# Environment:
#   HTTP_PROBE_EXPORTER_BIN   a binary that is built already, instead of building one
#   PEER                      a blackbox_exporter; without it the newest that Debian packages is unpacked, not installed
#   SECONDS_EACH              of each load, in turns of 3 (6)
#   CONNECTIONS               of the client, one load each ("1 50 500")
#   SEQUENTIAL                probes one after the other, for the latency (300)
#   TARGETS                   that are probed continuously at 15 s (10000); 0 leaves that out
#   CONTINUOUS_SECONDS        for how long (60)
#   PORT                      and the 11 after it: where servers and exporters listen (19730)
# Prints figures and ratios, no verdict. Client, server and exporter share the processors, so CPU per probe is the number
# to look at; ratios hold anywhere. Without a peer there are only our own figures.

set -euo pipefail
# shellcheck source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
# shellcheck source=../http/lib.sh
. "$top/integration/http/lib.sh"
port=${PORT:-19730}
seconds=${SECONDS_EACH:-6}
# One and the other in turns, as a machine is faster at one time than at another.
turn=3

cpu() { awk '{ print $14 + $15 }' "/proc/$1/stat"; }
rss() { awk '/^VmRSS/ { printf "%.1f", $2 / 1024 }' "/proc/$1/status"; }
peak() { awk '/^VmHWM/ { printf "%.1f", $2 / 1024 }' "/proc/$1/status"; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { if (b > 0) printf "%.2f", a / b; else printf "?" }'; }
hertz=$(getconf CLK_TCK)

# url WHO KIND
url() { printf 'http://127.0.0.1:%s/probe?module=%s&target=%s' "${port_of[$1]}" "${module_of[$2]}" "${target_of[$2]}"; }

# load WHO KIND CONNECTIONS: adds a turn of this load to what WHO has of it: probes, ticks of CPU.
load() {
  local pid before
  pid=$(pid_of "$1")
  before=$(cpu "$pid")
  wrk -t1 -c"$3" -d"${turn}s" --timeout 10s --latency "$(url "$1" "$2")" >"$work/wrk.$1"
  ticks[$1]=$((ticks[$1] + $(cpu "$pid") - before))
  probes[$1]=$((probes[$1] + $(awk '/requests in/ { print $1 }' "$work/wrk.$1")))
  curl -sf --max-time 10 "$(url "$1" "$2")" | grep -q '^probe_success 1' || say "$1: a probe after this load failed"
}

# tell WHO: sets rate and micros, the CPU per probe. Latencies are those of the last turn.
tell() {
  rate=$((probes[$1] / loaded))
  micros=$(awk -v n="${probes[$1]}" -v t="${ticks[$1]}" -v hz="$hertz" 'BEGIN { printf "%.0f", n ? t / hz * 1e6 / n : 0 }')
  printf '  %-5s %8s probes/s  %6s us CPU a probe  p50 %8s  p99 %8s  RSS %s MiB%s\n' "$1" "$rate" "$micros" \
    "$(awk '$1 == "50%" { print $2 }' "$work/wrk.$1")" "$(awk '$1 == "99%" { print $2 }' "$work/wrk.$1")" \
    "$(rss "$(pid_of "$1")")" "$(awk '/Socket errors|Non-2xx/ { sub(/^ */, "; "); print }' "$work/wrk.$1" | tr '\n' ' ')"
}

# latencies WHO URL: of 30, one after the other over one connection; for the server itself, a connection each.
latencies() { curl -sk -o /dev/null -w '%{time_total}\n' "${@:3}" "$2&n=[1-30]" >>"$work/latencies.$1"; }
# percentile P FILE: in microseconds
percentile() { sort -n "$2" | awk -v p="$1" '{ v[NR] = $1 } END { i = int(NR * p); printf "%.0f", v[i < 1 ? 1 : i] * 1e6 }'; }

start_exporter() {
  local name=$1 begin
  begin=$(date +%s%N)
  start "$name" "$work/$name.bin" --config.file="$work/config.yml" --web.listen-address="127.0.0.1:${port_of[$name]}"
  until curl -sf -o /dev/null "http://127.0.0.1:${port_of[$name]}/metrics"; do
    is_running "$name" || fail "$name has ended" "$(tail -n 5 "$work/$name.log")"
    sleep 0.005
  done
  printf '  %-5s first scrape %s ms after the start, RSS %s MiB\n' "$name" $((($(date +%s%N) - begin) / 1000000)) \
    "$(rss "$(pid_of "$name")")"
}

probe_continuously() {
  local pid before
  {
    cat "$work/config.yml"
    echo "targets:"
    for ((i = 0; i < targets; i++)); do
      printf '  - { url: "http://127.0.0.1:%s/?%d", name: t%d, module: http, interval: 15s }\n' "$port" "$i" "$i"
    done
  } >"$work/continuous.yml"
  start continuous "$work/ours.bin" --config.file="$work/continuous.yml" --web.listen-address="127.0.0.1:${port_of[ours]}"
  wait_for "http://127.0.0.1:${port_of[ours]}/-/ready" 30 continuous
  pid=$(pid_of continuous)
  # The first turns, before which nothing can be late.
  sleep 5
  before=$(cpu "$pid")
  sleep "${CONTINUOUS_SECONDS:-60}"
  printf '  %s %% of a processor, RSS %s MiB (peak %s)\n' \
    "$(awk -v t=$(($(cpu "$pid") - before)) -v hz="$hertz" -v s="${CONTINUOUS_SECONDS:-60}" 'BEGIN { printf "%.0f", 100 * t / hz / s }')" \
    "$(rss "$pid")" "$(peak "$pid")"
  before=$(cpu "$pid")
  curl -sf --max-time 30 "http://127.0.0.1:${port_of[ours]}/metrics" >"$work/scrape"
  printf '  a scrape: %d series, %s ms CPU, then RSS %s MiB\n' "$(grep -vc '^#' "$work/scrape")" \
    "$((($(cpu "$pid") - before) * 1000 / hertz))" "$(rss "$pid")"
  awk '
    /^http_probe_attempts_total/ { attempts += $NF }
    /^http_probe_failures_total/ { failures += $NF }
    /^http_probe_missed_total/ { missed += $NF }
    /^http_probe_lateness_seconds_count/ { late_count += $NF }
    /^http_probe_lateness_seconds_bucket/ && /le="1(\.0)?"/ { in_time += $NF }
    /^http_probe_lateness_seconds_sum/ { late_sum += $NF }
    END {
      printf "  %d probes, %d failed, %d turns left out; late by %.1f ms on average, by more than 1 s: %d\n",
        attempts, failures, missed, late_count ? late_sum / late_count * 1000 : 0, late_count - in_time
    }
  ' "$work/scrape"
}

declare -A port_of=([ours]=$((port + 10)) [peer]=$((port + 11)))
declare -A module_of=([http]=http [https]=https [verified]=verified)
declare -A target_of=(
  [http]=http://127.0.0.1:$port/ [https]=https://127.0.0.1:$((port + 2))/ [verified]=https://localhost:$((port + 1))/
)
targets=${TARGETS:-10000}

need_packages binutils curl openssl python3 wrk
need_daemons nginx
for offset in 0 1 2 3 4 5 6 8 10 11; do port_free "127.0.0.1:$((port + offset))" "set PORT"; done
find_binary http-probe-exporter zlib1g-dev libcurl4-openssl-dev libssl-dev libbrotli-dev
strip -o "$work/ours.bin" "$binary"
find_peer
who=(ours)
if [ -n "$peer" ]; then
  who+=(peer)
  strip -o "$work/peer.bin" "$peer" 2>/dev/null || cp "$peer" "$work/peer.bin"
fi

ulimit -n "$(ulimit -Hn)" 2>/dev/null || true
start_servers "$work/servers" "$port"
cat >"$work/config.yml" <<YML
modules:
  http: { prober: http, timeout: 5s, http: { preferred_ip_protocol: ip4 } }
  https: { prober: http, timeout: 5s, http: { preferred_ip_protocol: ip4, tls_config: { insecure_skip_verify: true } } }
  verified: { prober: http, timeout: 5s, http: { preferred_ip_protocol: ip4, tls_config: { ca_file: $work/servers/ca.crt } } }
YML

for name in "${who[@]}"; do echo "$name: $("$work/$name.bin" --version 2>&1 | head -n 1), stripped $(stat -c %s "$work/$name.bin") bytes"; done
echo "host: $(uname -r), $(nproc) CPUs, load $(cut -d ' ' -f 1-3 /proc/loadavg)"

echo "start"
for name in "${who[@]}"; do start_exporter "$name"; done
echo "idle, after four scrapes"
for name in "${who[@]}"; do
  curl -sf -o /dev/null "http://127.0.0.1:${port_of[$name]}/metrics?n=[1-3]"
  printf '  %-5s RSS %s MiB\n' "$name" "$(rss "$(pid_of "$name")")"
done

for kind in http https; do
  echo "$kind, one probe after the other"
  rm -f "$work"/latencies.*
  for ((asked = 0; asked < ${SEQUENTIAL:-300}; asked += 30)); do
    # A query, as the latter part of the URL is a number that curl counts up.
    latencies none "${target_of[$kind]}?x=1" --http1.1 --no-sessionid -H 'Connection: close'
    for name in "${who[@]}"; do latencies "$name" "$(url "$name" "$kind")"; done
  done
  direct=$(percentile 0.5 "$work/latencies.none")
  declare -A added=()
  for name in none "${who[@]}"; do
    added[$name]=$(($(percentile 0.5 "$work/latencies.$name") - direct))
    printf '  %-5s p50 %6s us, p99 %6s us; adds %s us at p50\n' "$name" "$(percentile 0.5 "$work/latencies.$name")" \
      "$(percentile 0.99 "$work/latencies.$name")" "${added[$name]}"
  done
  [ -z "$peer" ] || printf '  added latency: %s of the peer\n' "$(ratio "${added[ours]}" "${added[peer]}")"
done

for kind in http https verified; do
  for connections in ${CONNECTIONS:-1 50 500}; do
    echo "$kind, $connections at once"
    declare -A probes=([ours]=0 [peer]=0) ticks=([ours]=0 [peer]=0)
    for ((loaded = 0; loaded < seconds; loaded += turn)); do
      for name in "${who[@]}"; do load "$name" "$kind" "$connections"; done
    done
    tell ours
    our_rate=$rate our_micros=$micros
    [ -n "$peer" ] || continue
    tell peer
    printf '  CPU a probe: %s of the peer, probes a second: %s of the peer\n' "$(ratio "$our_micros" "$micros")" \
      "$(ratio "$our_rate" "$rate")"
  done
done
echo "after these loads"
for name in "${who[@]}"; do
  printf '  %-5s RSS %s MiB, peak %s MiB\n' "$name" "$(rss "$(pid_of "$name")")" "$(peak "$(pid_of "$name")")"
done

if [ "$targets" -gt 0 ]; then
  echo "$targets targets, each 15 s, for ${CONTINUOUS_SECONDS:-60} s"
  # The port is ours again.
  for name in "${who[@]}"; do kill -TERM "$(pid_of "$name")"; done
  for name in "${who[@]}"; do wait "$(pid_of "$name")" 2>/dev/null || true; done
  probe_continuously
fi
