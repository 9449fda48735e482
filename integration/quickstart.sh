#!/usr/bin/env bash
# Builds the exporters, starts each with a Prometheus that scrapes it, and shows what they tell.
#
#   ./integration/quickstart.sh          runs until Ctrl-C, then stops all that it started
#   ./integration/quickstart.sh --once   ends after the table; not 0 when an exporter is not up
#
# Environment:
#   NODE_EXPORTER_PORT  9100      PROMETHEUS_PORT  9090
#   NODE_EXPORTER_BIN   a binary that is built already; the others likewise, by their names
# Everything listens on 127.0.0.1, nothing is kept, and running it again is as running it once.
#
# An exporter joins by its line in `exporters` and its headline_ function.

set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# name, port, and the folder below exporters/ that has its alerts
exporters=(
  "node-exporter 9100 node"
)

# Three values that say whether it sees what it should: by Prometheus if there is one, else from one or two scrapes.
headline_node_exporter() {
  local cpu memory disk
  if [ -n "$prometheus" ]; then
    cpu=$(query '100 * (1 - sum(rate(node_cpu_seconds_total{mode=~"idle|iowait"}[20s])) / sum(rate(node_cpu_seconds_total[20s])))')
    memory=$(query 'node_memory_MemAvailable_bytes')
    disk=$(query 'node_filesystem_avail_bytes{mountpoint="/"}')
  else
    scrape node-exporter >"$work/first"
    sleep 2
    scrape node-exporter >"$work/second"
    cpu=$(awk '
      /^node_cpu_seconds_total/ { all[FILENAME] += $2 }
      /^node_cpu_seconds_total.*mode="(idle|iowait)"/ { idle[FILENAME] += $2 }
      END { a = ARGV[1]; b = ARGV[2]; if (all[b] > all[a]) print 100 * (1 - (idle[b] - idle[a]) / (all[b] - all[a])) }
    ' "$work/first" "$work/second")
    memory=$(awk '/^node_memory_MemAvailable_bytes/ { print $2 }' "$work/second")
    disk=$(awk '/^node_filesystem_avail_bytes.*mountpoint="\/"/ { print $2; exit }' "$work/second")
  fi
  printf 'CPU busy %s | memory available %s | disk free %s' "$(percent "$cpu")" "$(gib "$memory")" "$(gib "$disk")"
}

# --- Words and numbers of the table

percent() { awk -v x="$1" 'BEGIN { if (x == "") print "?"; else printf "%.1f %%\n", x }'; }
gib() { awk -v x="$1" 'BEGIN { if (x == "") print "?"; else printf "%.1f GiB\n", x / 1024 ^ 3 }'; }

# variable NAME SUFFIX: node-exporter, PORT -> NODE_EXPORTER_PORT
variable() { local name=${1//-/_}; printf '%s_%s' "${name^^}" "$2"; }

port_of() { local v; v=$(variable "$1" PORT); printf '%s' "${!v:-$2}"; }

address_of() {
  local line name port
  for line in "${exporters[@]}"; do
    read -r name port _ <<<"$line"
    [ "$name" != "$1" ] || printf '127.0.0.1:%s' "$(port_of "$name" "$port")"
  done
}

scrape() { curl -sf --max-time 10 "http://$(address_of "$1")/metrics"; }

# query PROMQL: the value of its first series, nothing when there is none.
query() {
  curl -sf --max-time 5 --data-urlencode "query=$1" "http://127.0.0.1:$prometheus_port/api/v1/query" |
    sed -n 's/[^]]*"value":\[[^,]*,"\([^"]*\)"\].*/\1/p'
}

# --- Steps

usage() { sed -n '2,/^$/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" | sed '/^An exporter joins/d'; }

# Before anything is built: who finds a port taken should hear of it at once.
check_ports() {
  local line name port
  for line in "${exporters[@]}"; do
    read -r name port _ <<<"$line"
    port_free "$(address_of "$name")" "set $(variable "$name" PORT) to use another port"
  done
  port_free "127.0.0.1:$prometheus_port" "set PROMETHEUS_PORT to use another port"
}

# binary_of NAME: as the environment says, or as it was built.
binary_of() {
  local v
  v=$(variable "$1" BIN)
  printf '%s' "${!v:-${built:-}/$1}"
}

build() {
  local line name v wanted=()
  for line in "${exporters[@]}"; do
    read -r name _ <<<"$line"
    v=$(variable "$name" BIN)
    if [ -z "${!v:-}" ]; then
      wanted+=("$name")
    elif [ ! -x "${!v}" ]; then
      fail "$v: ${!v} is no program"
    else
      say "$name: using $v=${!v}"
    fi
  done
  [ ${#wanted[@]} -gt 0 ] || return 0
  need_packages zlib1g-dev libpcre2-dev
  need_swift
  cd "$top"
  for name in "${wanted[@]}"; do
    say "building $name (the first time takes some minutes)"
    swift build -c release --static-swift-stdlib --product "$name" >&2
  done
  built=$(swift build -c release --static-swift-stdlib --show-bin-path)
}

# Sets `prometheus` to the program, or leaves it empty where it can't be had.
find_prometheus() {
  prometheus=$(command -v prometheus || true)
  [ -z "$prometheus" ] || return 0
  if command -v apt-get >/dev/null && can_be_root; then
    (need_daemons prometheus) || true
    prometheus=$(command -v prometheus || true)
  fi
  [ -n "$prometheus" ] ||
    say "note: there is no Prometheus here, and none was installed; the table comes from the exporters themselves"
}

write_configuration() {
  local line name port folder
  echo "global: { scrape_interval: 2s, evaluation_interval: 2s, scrape_timeout: 2s }"
  echo "rule_files:"
  for line in "${exporters[@]}"; do
    read -r name port folder <<<"$line"
    [ ! -e "$top/exporters/$folder/alerts.yml" ] || printf '  - "%s"\n' "$top/exporters/$folder/alerts.yml"
  done
  echo "scrape_configs:"
  for line in "${exporters[@]}"; do
    read -r name port _ <<<"$line"
    printf '  - { job_name: %s, static_configs: [{ targets: ["%s"] }] }\n' "$name" "$(address_of "$name")"
  done
}

start_exporters() {
  local line name
  for line in "${exporters[@]}"; do
    read -r name _ <<<"$line"
    say "starting $name on $(address_of "$name")"
    start "$name" "$(binary_of "$name")" "--web.listen-address=$(address_of "$name")"
  done
  for line in "${exporters[@]}"; do
    read -r name _ <<<"$line"
    wait_for "http://$(address_of "$name")/metrics" 20 "$name"
  done
}

start_prometheus() {
  write_configuration >"$work/prometheus.yml"
  say "starting Prometheus on 127.0.0.1:$prometheus_port"
  start prometheus "$prometheus" --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/prometheus" \
    --web.listen-address="127.0.0.1:$prometheus_port" --log.level=warn
  wait_for "http://127.0.0.1:$prometheus_port/-/ready" 30 prometheus
}

# up NAME: 1 or 0, waiting a little for the first two scrapes, which rates need.
up() {
  local end=$((SECONDS + 20)) value
  if [ -z "$prometheus" ]; then
    scrape "$1" >/dev/null && echo 1 || echo 0
    return
  fi
  until [ "$(query "count_over_time(up{job=\"$1\"}[1m]) >= bool 2")" = 1 ] || [ $SECONDS -ge $end ]; do sleep 0.2; done
  value=$(query "up{job=\"$1\"}")
  printf '%s\n' "${value:-0}"
}

series() {
  if [ -n "$prometheus" ]; then query "scrape_samples_scraped{job=\"$1\"}"; else scrape "$1" | grep -vc '^#'; fi
}

# Sets `all_up` to false when one is not.
print_table() {
  local line name state format='%-14s %-31s %-3s %-7s %s\n'
  all_up=true
  # shellcheck disable=SC2059
  printf "$format" exporter url up series headline
  for line in "${exporters[@]}"; do
    read -r name _ <<<"$line"
    state=$(up "$name")
    [ "$state" = 1 ] || all_up=false
    # shellcheck disable=SC2059
    printf "$format" "$name" "http://$(address_of "$name")/metrics" "$state" "$(series "$name")" \
      "$("headline_${name//-/_}")"
  done
}

# --- From here on it runs

once=false
prometheus_port=${PROMETHEUS_PORT:-9090}
for argument in "$@"; do
  case $argument in
    --once) once=true ;;
    --help | -h) usage; exit 0 ;;
    *) fail "unknown argument $argument" "./integration/quickstart.sh [--once] [--help]" ;;
  esac
done

need_packages curl
check_ports
build
find_prometheus
start_exporters
[ -z "$prometheus" ] || start_prometheus
print_table

if $once; then
  $all_up || fail "not every exporter is up"
  exit 0
fi
echo
for line in "${exporters[@]}"; do
  read -r name _ <<<"$line"
  echo "$name: http://$(address_of "$name")/"
done
[ -z "$prometheus" ] ||
  echo "Prometheus: http://127.0.0.1:$prometheus_port/targets, its alerts: http://127.0.0.1:$prometheus_port/alerts"
echo "Ctrl-C stops everything."
# Until a signal comes, or one of them ends by itself.
wait -n "${started_pids[@]}" || true
for name in "${started_names[@]}"; do
  is_running "$name" || fail "$name has ended; the last of what it said:" "$(tail -n 5 "$work/$name.log")"
done
