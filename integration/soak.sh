#!/usr/bin/env bash
# Scrapes an exporter a hundred thousand times and tells whether its descriptors, threads and memory stay as they were.
#
#   ./integration/soak.sh BINARY [FLAGS...]
#   SCRAPES=1000000 ./integration/soak.sh .build/release/node-exporter
#
# Environment:
#   SCRAPES      how many (100000)
#   CLIENTS      connections that scrape at once, each renewed after ten scrapes (4)
#   SCRAPE_PATH  what is asked for (/metrics); for probes, '/probe?target=http://127.0.0.1:8080/' of a server that is there
#   PORT         where the exporter listens (19450)
#   GROWTH_KIB   how much more memory it may hold in the end than after the first hundredth (4096)
# It fails when it finds a leak, and when a scrape is not answered 200.

set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
[ $# -gt 0 ] || fail "which exporter? $0 BINARY [FLAGS...]"
scrapes=${SCRAPES:-100000}
clients=${CLIENTS:-4}
address=127.0.0.1:${PORT:-19450}
growth=${GROWTH_KIB:-4096}

need_packages curl python3 procps
port_free "$address" "set PORT"
start exporter "$@" --web.listen-address="$address"
wait_for "http://$address/metrics" 20 exporter
pid=$(pid_of exporter)

descriptors() { find "/proc/$pid/fd" -mindepth 1 -printf '.' | wc -c; }
threads() { awk '/^Threads:/ { print $2 }' "/proc/$pid/status"; }
# The most of forty scrapes: every now and then, what is not used at the moment is given back.
memory() {
  local i now most=0
  for ((i = 0; i < 40; i++)); do
    curl -sf -o /dev/null "http://$address/metrics"
    now=$(awk '/^VmRSS:/ { print $2 }' "/proc/$pid/status")
    if [ "$now" -gt "$most" ]; then most=$now; fi
  done
  printf '%s' "$most"
}

# Its idle threads end after half a minute, so what counts is the most that there may be: no more than after the first.
scrape() { python3 "$top/integration/soak.py" "$address" "$1" "$clients" "${SCRAPE_PATH:-/metrics}"; }

scrape $((scrapes / 100 + 1))
before="$(descriptors) $(threads) $(memory)"
SECONDS=0
scrape "$scrapes"
seconds=$SECONDS
after="$(descriptors) $(threads) $(memory)"
read -r descriptors_before threads_before memory_before <<<"$before"
read -r descriptors_after threads_after memory_after <<<"$after"

say "$scrapes scrapes in $seconds s: descriptors $descriptors_before to $descriptors_after," \
  "threads $threads_before to $threads_after, memory $memory_before to $memory_after KiB"
# Two of each may come and go by themselves: a connection that is being closed, a thread that rests.
[ "$descriptors_after" -le $((descriptors_before + 2)) ] || fail "descriptors were not closed"
[ "$threads_after" -le $((threads_before + 2)) ] || fail "threads did not end"
[ "$memory_after" -le $((memory_before + growth)) ] || fail "memory grew by more than $growth KiB"
