#!/usr/bin/env bash
# postgres-exporter beside its peer, prometheus-postgres-exporter, against the same servers on this machine.
#
#   ./integration/bench/postgres.sh
#
# Environment:
#   POSTGRES_EXPORTER_BIN   a binary that is built already, instead of building one
#   PEER                    another peer, such as a newer postgres_exporter; without it Debian's package is installed
#   MAJOR                   of PostgreSQL, 13 to 18 (15)
#   TABLES                  of the database with many of them (2000)
#   ROUNDS, SCRAPES         rounds, and scrapes of each exporter in a round (3, 20)
#   PORT                    and the one after it: where the two listen (19500)
# Five databases of 44 tables, a primary and a standby, with the collectors that are on in each without a flag. Prints
# figures and ratios, no verdict. A machine with nothing else to do gives the steadiest; ratios hold anywhere.

set -euo pipefail
# shellcheck source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
here=$top/integration/bench
cluster=$top/integration/postgres/cluster.sh
port=${PORT:-19500}

at_end() { [ ! -s "${servers:-/nonexistent}/members" ] || "$cluster" down "$servers"; }

sql() { "$cluster" psql "$servers" primary "$@"; }

dsn() { "$cluster" status "$servers" | awk -v name="$1" '$1 == name { print $5 }' | sed "s|/app?|/${2:-app}?|"; }

# command WHO DSN
ours() { printf 'env DATA_SOURCE_NAME=%s %s --web.listen-address=127.0.0.1:%s' "$1" "$work/ours" "$port"; }
peer() {
  printf 'env DATA_SOURCE_NAME=%s %s --web.listen-address=127.0.0.1:%s --config.file=/dev/null' "$1" "$work/peer" "$((port + 1))"
}

# compare TITLE MODE OURS PEER ARGUMENTS...
compare() {
  echo
  echo "$1"
  python3 "$here/postgres_bench.py" "$2" --ours "$(ours "$3")" --peer "$(peer "$4")" --scrapes "${SCRAPES:-20}" "${@:5}"
}

# proxy NAME MS: sets proxy_port.
proxy() {
  start "$1" python3 "$top/integration/postgres/proxy.py" 0 "$primary_port" --delay "$2" --log "$work/$1.trips"
  local end=$((SECONDS + 10))
  until grep -qs listening "$work/$1.log"; do
    [ $SECONDS -lt $end ] || fail "the proxy does not start" "$(cat "$work/$1.log")"
    sleep 0.05
  done
  proxy_port=$(sed -n 's/.*:\([0-9]*\)$/\1/p' "$work/$1.log")
}

need_packages curl python3 binutils iproute2 tcpdump
port_free "127.0.0.1:$port" "set PORT"
port_free "127.0.0.1:$((port + 1))" "set PORT"

if [ -z "${PEER:-}" ]; then
  need_daemons prometheus-postgres-exporter
  PEER=$(command -v prometheus-postgres-exporter) || fail "there is no peer; set PEER to a postgres_exporter"
fi
find_binary postgres-exporter libpq-dev
strip -o "$work/ours" "$binary"
strip -o "$work/peer" "$PEER" 2>/dev/null || cp "$PEER" "$work/peer"

servers=$(mktemp -d "${TMPDIR:-/tmp}/postgres-bench.XXXXXX")
"$cluster" up --dir "$servers" --major "${MAJOR:-15}" --members primary,standby --load >&2
# 40 tables beside the 4 of pgbench.
make_tables="do \$\$ begin for i in 1..40 loop
  execute format('create table t_%s (id bigserial primary key, v text, n int)', i);
  execute format('create index on t_%s (n)', i);
  execute format('insert into t_%s (v, n) select md5(g::text), g from generate_series(1, 50) g', i);
end loop; end \$\$"
sql -d app -c 'drop table items cascade' -c "$make_tables"
for i in 1 2 3 4; do
  sql -d postgres -c "create database app$i"
  sql -d "app$i" -c "$make_tables"
done
sql -d postgres -c 'create database many'
for ((i = 0; i < ${TABLES:-2000}; i += 250)); do
  sql -d many -c "do \$\$ begin for i in 1..250 loop
    execute format('create table m_%s (id bigint primary key, v text)', $i + i); end loop; end \$\$"
done
"$cluster" load "$servers" --seconds 5 --rate 200 >&2
sql -d app -c 'vacuum analyze'
# The peer opens more connections than the role of ours may have.
sql -d postgres -c 'alter role exporter connection limit -1'

primary=$(dsn primary)
primary_port=$(sed -E 's/.*:([0-9]+)\/.*/\1/' <<<"$primary")

echo "ours: $("$work/ours" --version 2>&1 | head -n 1)"
echo "peer: $("$work/peer" --version 2>&1 | head -n 1)"
echo "server: $(sql -d app -Atc 'show server_version')"
echo "host: $(uname -r), $(nproc) CPUs, load $(cut -d ' ' -f 1-3 /proc/loadavg)"
echo "binary, stripped, bytes: ours $(stat -c %s "$work/ours"), peer $(stat -c %s "$work/peer")"

compare "primary, 44 tables:" time "$primary" "$primary" --rounds "${ROUNDS:-3}"
compare "standby, 44 tables:" time "$(dsn standby)" "$(dsn standby)" --rounds "${ROUNDS:-3}"
compare "primary, one database with ${TABLES:-2000} tables:" time "$(dsn primary many)" "$(dsn primary many)" --rounds "${ROUNDS:-3}"

sql -d postgres -c "alter role exporter set log_statement = 'all'"
compare "primary, by the server's log and tcpdump:" count "$primary" "$primary" --log "$servers/primary.log" --user exporter \
  --port "$primary_port"
sql -d postgres -c "alter role exporter reset log_statement"

for ms in 0 50; do
  proxy "ours-$ms" "$ms"
  through_ours=${primary/:$primary_port\//:$proxy_port\/}
  proxy "peer-$ms" "$ms"
  through_peer=${primary/:$primary_port\//:$proxy_port\/}
  compare "through a proxy that adds $ms ms each way:" trips "$through_ours" "$through_peer" \
    --ours-proxy "$(pid_of "ours-$ms"):$work/ours-$ms.trips" --peer-proxy "$(pid_of "peer-$ms"):$work/peer-$ms.trips"
done
