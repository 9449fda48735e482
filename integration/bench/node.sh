#!/usr/bin/env bash
# node-exporter beside its peer, Debian's prometheus-node-exporter, on this machine, with the same collectors on.
#
#   ./integration/bench/node.sh
#
# Environment:
#   NODE_EXPORTER_BIN   a binary that is built already, instead of building one
#   PEER                another peer, such as a newer node_exporter; without it Debian's package is installed
#   ROUNDS, SCRAPES     rounds of scrapes, and scrapes of each exporter in a round (5, 50)
#   INTERFACES          pairs of veth interfaces in the last part (100); 0 leaves it out
#   PORT                and the one after it: where the two listen (19400)
# Prints figures and ratios, no verdict. A machine with nothing else to do gives the steadiest; ratios hold anywhere.

set -euo pipefail
# shellcheck source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
here=$top/integration/bench
port=${PORT:-19400}
pairs=${INTERFACES:-100}

# names_of BINARY: the collectors that are on without any flag, as its own metrics tell.
names_of() {
  start probed "$1" --web.listen-address="127.0.0.1:$port"
  wait_for "http://127.0.0.1:$port/metrics" 20 probed
  curl -sf "http://127.0.0.1:$port/metrics" |
    sed -n 's/^node_scrape_collector_success{collector="\([^"]*\)"}.*/\1/p' | sort
  stop_all
}

# off LIST: flags that switch those collectors off.
off() { sed 's/^/--no-collector./' "$1" | tr '\n' ' '; }

need_packages curl python3 strace iproute2 util-linux binutils
port_free "127.0.0.1:$port" "set PORT"
port_free "127.0.0.1:$((port + 1))" "set PORT"

if [ -z "${PEER:-}" ]; then
  need_daemons prometheus-node-exporter
  PEER=$(command -v prometheus-node-exporter) || fail "there is no peer; set PEER to a node_exporter"
fi
find_binary node-exporter
# As they are shipped: without symbols.
strip -o "$work/ours" "$binary"
strip -o "$work/peer" "$PEER" 2>/dev/null || cp "$PEER" "$work/peer"

echo "ours: $("$work/ours" --version 2>&1 | head -n 1)"
echo "peer: $("$work/peer" --version 2>&1 | head -n 1)"
echo "host: $(uname -r), $(nproc) CPUs, load $(cut -d ' ' -f 1-3 /proc/loadavg)"

names_of "$work/ours" >"$work/ours.names"
names_of "$work/peer" >"$work/peer.names"
comm -23 "$work/ours.names" "$work/peer.names" >"$work/ours.only"
comm -13 "$work/ours.names" "$work/peer.names" >"$work/peer.only"
ours="$work/ours --web.listen-address=127.0.0.1:$port $(off "$work/ours.only")"
peer="$work/peer --web.listen-address=127.0.0.1:$((port + 1)) $(off "$work/peer.only")"
echo "on in both: $(comm -12 "$work/ours.names" "$work/peer.names" | tr '\n' ' ')"
echo "switched off in ours: $(tr '\n' ' ' <"$work/ours.only")"
echo "switched off in the peer: $(tr '\n' ' ' <"$work/peer.only")"
echo

python3 "$here/node_bench.py" --ours "$ours" --peer "$peer" --rounds "${ROUNDS:-5}" --scrapes "${SCRAPES:-50}"
sizes=$(stat -c %s "$work/ours" "$work/peer" | tr '\n' ' ')
awk -v sizes="$sizes" 'BEGIN { split(sizes, s, " "); printf "%-30s%12d%12d%12.2f\n", "binary, stripped, bytes", s[1], s[2], s[1] / s[2] }'

[ "$pairs" -gt 0 ] || exit 0
echo
echo "with $pairs pairs of interfaces:"
# In a network namespace of its own, where the interfaces are gone with the last process. /sys shows the interfaces of
# the namespace in which it was mounted, so it is mounted anew.
unshare=(unshare --net --mount)
[ "$(id -u)" -eq 0 ] || unshare+=(--map-root-user)
# shellcheck disable=SC2016  # the inner shell expands it
"${unshare[@]}" bash -c '
  set -e
  mount -t sysfs sysfs /sys
  ip link set lo up
  for ((i = 0; i < $1; i++)); do ip link add "v$i" type veth peer name "w$i"; done
  shift
  exec "$@"
' interfaces "$pairs" python3 "$here/node_bench.py" --ours "$ours" --peer "$peer" --only cpu --rounds 3 --scrapes 20 ||
  say "the part with many interfaces failed; it needs network and mount namespaces"
