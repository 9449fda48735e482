#!/usr/bin/env bash
# The SDK beside its peer, client_golang from Debian's packages, on this machine: what an update costs, and a scrape of
# 100,000 series over HTTP.
#
#   ./integration/bench/sdk.sh
#
# Environment:
#   SDK_BENCHMARK_BIN   a binary that is built already, instead of building one
#   SCRAPES             scrapes of each that are measured (20)
#   PORT                and the one after it: where the two listen (19200)
# Prints figures and ratios, no verdict. A machine with nothing else to do gives the steadiest; ratios hold anywhere.

set -euo pipefail
# shellcheck source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
here=$top/integration/bench
port=${PORT:-19200}
scrapes=${SCRAPES:-20}

need_packages curl golang-go golang-github-prometheus-client-golang-dev
port_free "127.0.0.1:$port" "set PORT"
port_free "127.0.0.1:$((port + 1))" "set PORT"
find_binary sdk-benchmark
ours=$binary
GO111MODULE=off GOPATH=/usr/share/gocode GOCACHE=$work/go go build -o "$work/peer" "$here/sdk/peer/main.go"

# beside FILE FILE: lines of the same name with both figures and their ratio.
beside() {
  awk -F '\t' 'NR == FNR { ours[$1] = $2; unit[$1] = $3; order[++n] = $1; next } { peer[$1] = $2 }
    END { for (i = 1; i <= n; i++) { name = order[i]
      if (name in peer) printf "%-50s%12.2f%12.2f%8.2f  %s\n", name, ours[name], peer[name], ours[name] / peer[name], unit[name]
      else printf "%-50s%12.2f%12s%8s  %s\n", name, ours[name], "-", "-", unit[name] } }' "$1" "$2"
}

# cpu_of NAME: milliseconds of CPU that a started process has had.
cpu_of() { awk -v hz="$(getconf CLK_TCK)" '{ print ($14 + $15) * 1000 / hz }' "/proc/$(pid_of "$1")/stat"; }

# measure NAME PORT: a line for each way to scrape it.
measure() {
  local name=$1 url=http://127.0.0.1:$2/metrics way before i
  local -a curl
  for way in text gzip OpenMetrics; do
    curl=(curl -sf -o /dev/null)
    [ "$way" != gzip ] || curl+=(-H 'Accept-Encoding: gzip')
    [ "$way" != OpenMetrics ] || curl+=(-H 'Accept: application/openmetrics-text;version=1.0.0')
    for ((i = 0; i < 3; i++)); do "${curl[@]}" "$url"; done
    before=$(cpu_of "$name")
    for ((i = 0; i < scrapes; i++)); do "${curl[@]}" "$url"; done
    awk -v a="$before" -v b="$(cpu_of "$name")" -v n="$scrapes" -v way="$way" \
      'BEGIN { printf "CPU of a scrape of 100,000 series, %s\t%.2f\tms\n", way, (b - a) / n }'
  done
  awk '/^VmRSS/ { printf "resident memory after the scrapes\t%.1f\tMiB\n", $2 / 1024 }' "/proc/$(pid_of "$name")/status"
}

echo "peer: client_golang $(dpkg-query -W -f '${Version}' golang-github-prometheus-client-golang-dev), $(go version)"
echo "host: $(uname -r), $(nproc) CPUs, load $(cut -d ' ' -f 1-3 /proc/loadavg)"
printf '%-50s%12s%12s%8s\n' "" ours peer ratio
"$ours" instruments >"$work/ours.tsv"
"$work/peer" instruments >"$work/peer.tsv"
beside "$work/ours.tsv" "$work/peer.tsv"

"$ours" registry >"$work/ours.tsv"
start peer "$work/peer" "127.0.0.1:$((port + 1))"
wait_for "http://127.0.0.1:$((port + 1))/metrics" 30 peer
cp "$work/peer.log" "$work/peer.tsv"
measure peer $((port + 1)) >>"$work/peer.tsv"
stop_all
start ours "$ours" --web.listen-address="127.0.0.1:$port" --log.level=warn
wait_for "http://127.0.0.1:$port/metrics" 30 ours
measure ours "$port" >>"$work/ours.tsv"
beside "$work/ours.tsv" "$work/peer.tsv"
