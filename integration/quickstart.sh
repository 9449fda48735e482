#!/usr/bin/env bash
# Builds the exporters, starts each with a Prometheus that scrapes it, and shows what they tell.
#
#   ./integration/quickstart.sh          runs until Ctrl-C, then stops all that it started
#   ./integration/quickstart.sh --once   ends after the table; not 0 when an exporter is not up
#
# Environment:
#   NODE_EXPORTER_PORT  9100      PROMETHEUS_PORT  9090      HTTP_PROBE_EXPORTER_PORT  9115
#   SITE_PORT  12349, over TLS SITE_TLS_PORT  12350          API_PORT  12351
#   NODE_EXPORTER_BIN   a binary that is built already; the others likewise, by their names
#   POSTGRES_EXPORTER_PORT  9187      POSTGRES_EXPORTER_STANDBY_PORT  9188
#   POSTGRES_MAJOR      of the PostgreSQL servers that are started (15)
# A small website is served too, on SITE_PORT, whose visitors web-vitals-collector measures; with Chromium here, it gets
# a visitor. An example API runs on API_PORT (from PyPI's packages, in .build/api-venv), and http-probe-exporter probes
# both. Everything listens on 127.0.0.1, nothing else is kept, and running it again is as running it once.
#
# An exporter joins by its line in `exporters` and its headline_ function; a prepare_ function may start what it looks
# at, and environment_ may print variables for it, one a line.

set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# name, port, and the folder below exporters/ that has its alerts. What follows an @ tells apart those of one program.
exporters=(
  "node-exporter 9100 node"
  "postgres-exporter 9187 postgres"
  "postgres-exporter@standby 9188 postgres"
  "http-probe-exporter 9115 http-probe"
  "web-vitals-collector 12348 web-vitals"
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

# A primary, a standby that follows it, and a load with a slow tail.
prepare_postgres_exporter() {
  say "starting PostgreSQL ${POSTGRES_MAJOR:-15}: a primary, a standby, and a small load"
  servers=$(mktemp -d "${TMPDIR:-/tmp}/quickstart-postgres.XXXXXX")
  "$cluster" up --dir "$servers" --major "${POSTGRES_MAJOR:-15}" --members primary,standby --load >"$work/members"
  start load "$cluster" load "$servers" --seconds 1000000 --slow
}

dsn_of() { awk -v name="$1" '$1 == name { print $5 }' "$work/members"; }

environment_postgres_exporter() { printf 'DATA_SOURCE_NAME=%s\n' "$(dsn_of primary)"; }
environment_postgres_exporter_standby() { printf 'DATA_SOURCE_NAME=%s\n' "$(dsn_of standby)"; }

headline_postgres_exporter() {
  local all fast slow=
  scrape postgres-exporter >"$work/primary.metrics"
  all=$(sum_of pg_query_duration_seconds_count "" "$work/primary.metrics")
  fast=$(sum_of pg_query_duration_seconds_bucket 'le="0.1"' "$work/primary.metrics")
  [ -z "$all" ] || slow=$(awk -v all="$all" -v fast="$fast" 'BEGIN { if (all > 0) print 100 * (1 - fast / all) }')
  printf 'connections %s | slower than 100 ms %s | standby behind by %s' \
    "$(sum_of pg_stat_activity_count "" "$work/primary.metrics")" "$(percent "$slow")" \
    "$(kib "$(sum_of pg_replication_receiver_lag_bytes "" "$work/primary.metrics")")"
}

headline_postgres_exporter_standby() {
  local state='not streaming'
  scrape postgres-exporter@standby >"$work/standby.metrics"
  [ "$(sum_of pg_standby_streaming "" "$work/standby.metrics")" != 1 ] || state=streaming
  printf 'replication lag %s s | %s' "$(sum_of pg_replication_lag_seconds "" "$work/standby.metrics")" "$state"
}

# What is probed, each second: the website, also over TLS with a certificate that expires in ten days, and the API with a
# slow route, one that fails at times, and a login with what is behind it.
prepare_http_probe_exporter() {
  {
    cat <<YML
modules:
  http_2xx: { prober: http, timeout: 5s, http: { preferred_ip_protocol: ip4 } }
  trusting_us: { prober: http, timeout: 5s, http: { preferred_ip_protocol: ip4, tls_config: { ca_file: $work/site.crt } } }
  account:
    prober: http
    timeout: 5s
    http:
      preferred_ip_protocol: ip4
      steps:
        - url: /login
          headers: { Content-Type: application/json }
          body: '{"user": "demo", "password": "demo-secret"}'
          capture: { token: { json: token } }
        - url: /account
          headers: { Authorization: "Bearer \${token}" }
targets:
YML
    ! $has_site || probed site http_2xx "http://localhost:$site_port/"
    ! $has_site || probed site-tls trusting_us "https://localhost:$site_tls_port/"
    ! $has_api || {
      probed api http_2xx "http://localhost:$api_port/"
      probed api-slow http_2xx "http://localhost:$api_port/slow"
      probed api-errors http_2xx "http://localhost:$api_port/error?share=0.05"
      probed api-account account "http://localhost:$api_port/"
    }
  } >"$work/http-probe.yml"
}

# probed NAME MODULE URL
probed() { printf '  - { name: %s, module: %s, url: "%s", interval: 1s }\n' "$@"; }

environment_http_probe_exporter() { printf 'HTTP_PROBE_EXPORTER_CONFIG_FILE=%s\n' "$work/http-probe.yml"; }

headline_http_probe_exporter() {
  scrape http-probe-exporter >"$work/probed.metrics"
  printf 'API p95 <= %s of 0.2 s, %s errors | /slow p95 <= %s | /error %s errors | certificate: %s left' \
    "$(within_95 'target="api"')" "$(percent "$(errors_of 'target="api"')")" "$(within_95 'target="api-slow"')" \
    "$(percent "$(errors_of 'target="api-errors"')")" "$(
      awk -v now="$(date +%s)" '
        /^http_probe_certificate_expiry_timestamp_seconds[{]/ { printf "%.0f days\n", ($NF - now) / 86400; n++ }
        END { if (!n) print "?" }
      ' "$work/probed.metrics" | head -n 1
    )"
}

# within_95 LABEL: the first bound that has 95 % of the durations.
within_95() {
  awk -v label="$1" '
    /^http_probe_duration_seconds_bucket[{]/ && /phase="total"/ && index($0, label) {
      match($0, /[,{]le="[^"]*"/)
      bound[++n] = substr($0, RSTART + 5, RLENGTH - 6)
      count[n] = $NF
    }
    END {
      for (i = 1; i <= n; i++) if (count[i] >= 0.95 * count[n] && count[n] > 0) { print bound[i] " s"; exit }
      print "?"
    }
  ' "$work/probed.metrics"
}

# errors_of LABEL: of the attempts, the percentage that failed.
errors_of() {
  awk -v label="$1" '
    /^http_probe_attempts_total[{]/ && index($0, label) { all += $NF }
    /^http_probe_successes_total[{]/ && index($0, label) { good += $NF }
    END { if (all) print 100 * (1 - good / all) }
  ' "$work/probed.metrics"
}

# sum_of NAME LABEL FILE: of all series of that name that have that label, written as in the text; nothing for none.
sum_of() {
  awk -v name="$1" -v label="$2" '
    index($0, name "{") == 1 || index($0, name " ") == 1 { if (label == "" || index($0, label)) { sum += $NF; n++ } }
    END { if (n) printf "%g\n", sum }
  ' "$3"
}

# What a visitor to the small website had; from the collector itself, as there is one visitor only.
headline_web_vitals_collector() {
  local fcp tti
  fcp=$(mean_of web_vitals_first_contentful_paint_seconds)
  tti=$(mean_of web_vitals_time_to_interactive_seconds)
  printf 'FCP %s of 1.8 s | TTI %s of 3.8 s | %s page views' "${fcp:-?}" "${tti:-?}" "$(
    scrape web-vitals-collector | awk '/^web_page_views_total/ { n += $2 } END { print n + 0 }'
  )"
}

# mean_of HISTOGRAM: over all its series, nothing when there were no observations.
mean_of() {
  scrape web-vitals-collector | awk -v stem="$1" '
    index($1, stem "_sum") == 1 { sum += $2 }
    index($1, stem "_count") == 1 { count += $2 }
    END { if (count > 0) printf "%.2f s\n", sum / count }
  '
}

# --- Words and numbers of the table

percent() { awk -v x="$1" 'BEGIN { if (x == "") print "?"; else printf "%.1f %%\n", x }'; }
kib() { awk -v x="$1" 'BEGIN { if (x == "") print "?"; else printf "%.0f KiB\n", x / 1024 }'; }
gib() { awk -v x="$1" 'BEGIN { if (x == "") print "?"; else printf "%.1f GiB\n", x / 1024 ^ 3 }'; }

# word NAME: node-exporter@x -> node_exporter_x
word() { local name=${1//[-@]/_}; printf '%s' "$name"; }

# variable NAME SUFFIX: node-exporter, PORT -> NODE_EXPORTER_PORT
variable() { local name; name=$(word "$1"); printf '%s_%s' "${name^^}" "$2"; }

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

# Called by lib.sh when all that was started has ended.
at_end() { [ ! -s "${servers:-/nonexistent}/members" ] || "$cluster" down "$servers"; }

usage() { sed -n '2,/^$/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" | sed '/^An exporter joins/d'; }

# Before anything is built: who finds a port taken should hear of it at once.
check_ports() {
  local line name port
  for line in "${exporters[@]}"; do
    read -r name port _ <<<"$line"
    port_free "$(address_of "$name")" "set $(variable "$name" PORT) to use another port"
  done
  port_free "127.0.0.1:$prometheus_port" "set PROMETHEUS_PORT to use another port"
  port_free "127.0.0.1:$site_port" "set SITE_PORT to use another port"
  port_free "127.0.0.1:$site_tls_port" "set SITE_TLS_PORT to use another port"
  port_free "127.0.0.1:$api_port" "set API_PORT to use another port"
}

# binary_of NAME: as the environment says, or as it was built.
binary_of() {
  local v program=${1%@*}
  v=$(variable "$program" BIN)
  printf '%s' "${!v:-${built:-}/$program}"
}

build() {
  local line name v wanted=()
  for line in "${exporters[@]}"; do
    read -r name _ <<<"$line"
    [[ $name != *@* ]] || continue
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
  need_packages zlib1g-dev libisal-dev libpcre2-dev libyaml-dev libcrypt-dev libcurl4-openssl-dev libssl-dev libbrotli-dev
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

# targets_of PROGRAM: all that run it, in quotation marks.
targets_of() {
  local line name text=
  for line in "${exporters[@]}"; do
    read -r name _ <<<"$line"
    [ "${name%@*}" != "$1" ] || text+=", \"$(address_of "$name")\""
  done
  printf '%s' "${text#, }"
}

write_configuration() {
  local line name port folder
  echo "global: { scrape_interval: 2s, evaluation_interval: 2s, scrape_timeout: 2s }"
  echo "rule_files:"
  for line in "${exporters[@]}"; do
    read -r name port folder <<<"$line"
    [[ $name == *@* ]] || [ ! -e "$top/exporters/$folder/alerts.yml" ] ||
      printf '  - "%s"\n' "$top/exporters/$folder/alerts.yml"
  done
  ! $has_api || printf '  - "%s"\n' "$top/integration/api/alerts.yml"
  echo "scrape_configs:"
  for line in "${exporters[@]}"; do
    read -r name _ <<<"$line"
    [[ $name != *@* ]] || continue
    printf '  - { job_name: %s, static_configs: [{ targets: [%s] }] }\n' "$name" "$(targets_of "$name")"
  done
  ! $has_api || printf '  - { job_name: api, static_configs: [{ targets: ["127.0.0.1:%s"] }] }\n' "$api_port"
  # The same website, asked for by Prometheus.
  ! $has_site || cat <<YML
  - job_name: websites
    metrics_path: /probe
    params: { module: [http_2xx] }
    static_configs: [{ targets: ["http://localhost:$site_port/"] }]
    relabel_configs:
      - { source_labels: [__address__], target_label: __param_target }
      - { source_labels: [__param_target], target_label: instance }
      - { target_label: __address__, replacement: "$(address_of http-probe-exporter)" }
YML
}

# Our own visitor is a program, and nobody waits ten seconds for a number.
environment_web_vitals_collector() {
  printf '%s\n' WEB_VITALS_COLLECTOR_BOTS_COUNT=true WEB_VITALS_COLLECTOR_SETTLE_TIME=1s
}

start_exporters() {
  local line name variables
  for line in "${exporters[@]}"; do
    read -r name _ <<<"$line"
    if declare -F "prepare_$(word "$name")" >/dev/null; then "prepare_$(word "$name")"; fi
    variables=()
    if declare -F "environment_$(word "$name")" >/dev/null; then mapfile -t variables < <("environment_$(word "$name")"); fi
    say "starting $name on $(address_of "$name")"
    start "$name" env "${variables[@]}" "$(binary_of "$name")" "--web.listen-address=$(address_of "$name")"
  done
  for line in "${exporters[@]}"; do
    read -r name _ <<<"$line"
    wait_for "http://$(address_of "$name")/metrics" 20 "$name"
  done
}

# The small website, by itself and over TLS.
start_site() {
  command -v python3 >/dev/null || {
    say "note: there is no python3, so no small website"
    return
  }
  need_packages openssl
  openssl req -x509 -newkey rsa:2048 -nodes -days 10 -subj /CN=localhost -addext subjectAltName=DNS:localhost \
    -keyout "$work/site.key" -out "$work/site.crt" 2>/dev/null
  say "starting a small website on 127.0.0.1:$site_port, over TLS on $site_tls_port"
  start site python3 "$top/integration/site/site.py" "$site_port" "http://$(address_of web-vitals-collector)/agent.js" \
    "$site_tls_port" "$work/site.crt" "$work/site.key"
  wait_for "http://127.0.0.1:$site_port/" 20 site
  has_site=true
}

# The example API, where Python's packages can be had.
start_api() {
  if ! command -v python3 >/dev/null || ! (need_packages python3-venv && "$top/integration/api/run.sh" --prepare) >"$work/api.log" 2>&1; then
    say "note: there is no example API: $(tail -n 1 "$work/api.log" 2>/dev/null)"
    return
  fi
  say "starting an example API on 127.0.0.1:$api_port"
  start api "$top/integration/api/run.sh" "$api_port"
  wait_for "http://127.0.0.1:$api_port/health" 30 api
  has_api=true
}

# A visitor to the website, where there is a browser.
visit_site() {
  $has_site || return 0
  if ! command -v chromium chromium-browser google-chrome >/dev/null; then
    say "note: there is no Chromium here; open http://127.0.0.1:$site_port/ in a browser"
    return
  fi
  say "visiting it, which takes half a minute"
  python3 "$top/integration/browser.py" tour "http://127.0.0.1:$site_port" >"$work/tour.log" 2>&1 ||
    say "note: the visit failed: $(tail -n 1 "$work/tour.log")"
  # Until what can still change has settled.
  sleep 2
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
  local series
  series="up{instance=\"$(address_of "$1")\"}"
  until [ "$(query "count_over_time(${series}[1m]) >= bool 2")" = 1 ] || [ $SECONDS -ge $end ]; do sleep 0.2; done
  value=$(query "$series")
  printf '%s\n' "${value:-0}"
}

series() {
  if [ -n "$prometheus" ]; then query "scrape_samples_scraped{instance=\"$(address_of "$1")\"}"; else scrape "$1" | grep -vc '^#'; fi
}

# Sets `all_up` to false when one is not.
print_table() {
  local line name state format='%-25s %-32s %-3s %-7s %s\n'
  all_up=true
  # shellcheck disable=SC2059
  printf "$format" exporter url up series headline
  for line in "${exporters[@]}"; do
    read -r name _ <<<"$line"
    state=$(up "$name")
    [ "$state" = 1 ] || all_up=false
    # shellcheck disable=SC2059
    printf "$format" "$name" "http://$(address_of "$name")/metrics" "$state" "$(series "$name")" \
      "$("headline_$(word "$name")")"
  done
}

# --- From here on it runs

once=false
cluster=$top/integration/postgres/cluster.sh
has_site=false
has_api=false
prometheus_port=${PROMETHEUS_PORT:-9090}
site_port=${SITE_PORT:-12349}
site_tls_port=${SITE_TLS_PORT:-12350}
api_port=${API_PORT:-12351}
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
start_site
start_api
start_exporters
visit_site
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
! $has_site || echo "a small website: http://127.0.0.1:$site_port/"
! $has_api || echo "an example API: http://127.0.0.1:$api_port/docs"
[ -z "$prometheus" ] ||
  echo "Prometheus: http://127.0.0.1:$prometheus_port/targets, its alerts: http://127.0.0.1:$prometheus_port/alerts"
echo "Ctrl-C stops everything."
# Until a signal comes, or one of them ends by itself.
wait -n "${started_pids[@]}" || true
for name in "${started_names[@]}"; do
  is_running "$name" || fail "$name has ended; the last of what it said:" "$(tail -n 5 "$work/$name.log")"
done
