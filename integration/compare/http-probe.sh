#!/usr/bin/env bash
# What http-probe-exporter and blackbox_exporter say of the same targets, compared family by family.
#
#   ./integration/compare/http-probe.sh [-v]      -v also lists what is equal
#
# Environment:
#   HTTP_PROBE_EXPORTER_BIN   a binary that is built already, instead of building one
#   PEER                      a blackbox_exporter; without it the newest that Debian packages is unpacked, not installed
#   PORT                      and the 11 after it: where servers and exporters listen (19710)
# Times are compared by whether they are there; everything else must be equal, or differ as the table in http_probe.py
# says, with the reason. What differs otherwise is listed, and then the status is not 0. Without a peer it ends with a
# message.

set -euo pipefail
# shellcheck source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
# shellcheck source=../http/lib.sh
. "$top/integration/http/lib.sh"
port=${PORT:-19710}
ours=$((port + 10))
theirs=$((port + 11))

write_configuration() {
  cat <<YML
modules:
  plain: &plain
    prober: http
    timeout: 5s
    http: &http { preferred_ip_protocol: ip4 }
  ip6: { prober: http, timeout: 5s, http: { preferred_ip_protocol: ip6 } }
  only_ip6: { prober: http, timeout: 5s, http: { preferred_ip_protocol: ip6, ip_protocol_fallback: false } }
  short: { prober: http, timeout: 300ms, http: *http }
  trusted: { prober: http, timeout: 5s, http: { preferred_ip_protocol: ip4, tls_config: { ca_file: $work/servers/ca.crt } } }
  unverified: { prober: http, timeout: 5s, http: { preferred_ip_protocol: ip4, tls_config: { insecure_skip_verify: true } } }
  named:
    prober: http
    timeout: 5s
    http: { preferred_ip_protocol: ip4, tls_config: { ca_file: $work/servers/ca.crt, server_name: www.example.test } }
  http1:
    prober: http
    timeout: 5s
    http: { preferred_ip_protocol: ip4, enable_http2: false, tls_config: { ca_file: $work/servers/ca.crt } }
  tls13:
    prober: http
    timeout: 5s
    http: { preferred_ip_protocol: ip4, tls_config: { ca_file: $work/servers/ca.crt, min_version: TLS13 } }
  stays: { prober: http, timeout: 5s, http: { preferred_ip_protocol: ip4, follow_redirects: false, valid_status_codes: [302] } }
  user:
    prober: http
    timeout: 5s
    http:
      preferred_ip_protocol: ip4
      tls_config: { ca_file: $work/servers/ca.crt }
      basic_auth: { username: probe, password: probe-secret }
  codes: { prober: http, timeout: 5s, http: { preferred_ip_protocol: ip4, valid_status_codes: [200, 404, 418] } }
  gzip: { prober: http, timeout: 5s, http: { preferred_ip_protocol: ip4, compression: gzip } }
  small: { prober: http, timeout: 5s, http: { preferred_ip_protocol: ip4, body_size_limit: 100KB } }
  post: { prober: http, timeout: 5s, http: { preferred_ip_protocol: ip4, method: POST, body: "a=1" } }
  needs_tls: { prober: http, timeout: 5s, http: { preferred_ip_protocol: ip4, fail_if_not_ssl: true } }
  has_ok: { prober: http, timeout: 5s, http: { preferred_ip_protocol: ip4, fail_if_body_not_matches_regexp: ['"status":"ok"'] } }
  no_digits: { prober: http, timeout: 5s, http: { preferred_ip_protocol: ip4, fail_if_body_matches_regexp: ["[0-9]"] } }
  no_date:
    prober: http
    timeout: 5s
    http: { preferred_ip_protocol: ip4, fail_if_header_matches: [{ header: Date, regexp: ".*" }] }
  needs_header:
    prober: http
    timeout: 5s
    http: { preferred_ip_protocol: ip4, fail_if_header_not_matches: [{ header: X-Missing, regexp: "." }] }
  version2: { prober: http, timeout: 5s, http: { preferred_ip_protocol: ip4, valid_http_versions: [HTTP/2.0] } }
YML
  # Not in all versions of the peer.
  cat >"$work/cel.yml" <<YML
  cel: { prober: http, timeout: 5s, http: { preferred_ip_protocol: ip4, fail_if_body_json_not_matches_cel: "body.n == 3 && body.status == 'ok'" } }
  cel_no: { prober: http, timeout: 5s, http: { preferred_ip_protocol: ip4, fail_if_body_json_matches_cel: "body.list[1] == 2" } }
  both:
    prober: http
    timeout: 5s
    http:
      preferred_ip_protocol: ip4
      fail_if_body_not_matches_regexp: ["ok"]
      fail_if_body_json_not_matches_cel: "body.n == 3"
YML
}

need_packages curl openssl python3
need_daemons nginx
find_peer
if [ -z "$peer" ]; then
  say "there is no blackbox_exporter here, and none can be had: nothing is compared (PEER names one)"
  exit 0
fi
find_binary http-probe-exporter zlib1g-dev libcurl4-openssl-dev libssl-dev libbrotli-dev
for offset in 0 1 2 3 4 5 6 8 10 11; do port_free "127.0.0.1:$((port + offset))" "set PORT"; done

start_servers "$work/servers" "$port"
write_configuration >"$work/modules.yml"
cat "$work/modules.yml" "$work/cel.yml" >"$work/config.yml"
"$peer" --config.file="$work/config.yml" --config.check >"$work/check.log" 2>&1 || cp "$work/modules.yml" "$work/config.yml"
start ours "$binary" --config.file="$work/config.yml" --web.listen-address="127.0.0.1:$ours"
start theirs "$peer" --config.file="$work/config.yml" --web.listen-address="127.0.0.1:$theirs"
wait_for "http://127.0.0.1:$ours/metrics" 20 ours
wait_for "http://127.0.0.1:$theirs/metrics" 20 theirs
echo "ours: $("$binary" --version 2>&1 | head -n 1)"
echo "peer: $("$peer" --version 2>&1 | head -n 1)"
python3 "$top/integration/compare/http_probe.py" --ours "http://127.0.0.1:$ours" --theirs "http://127.0.0.1:$theirs" \
  --port "$port" --configuration "$work/config.yml" "$@"
