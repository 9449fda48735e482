#!/usr/bin/env bash
# The example API, tried by curl: what it answers, what it counts, and what it logs.
#
#   ./integration/api/test.sh
#
# Environment:
#   API_PORT   where it listens meanwhile (28001)

set -euo pipefail
# shellcheck source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
port=${API_PORT:-28001}
url=http://127.0.0.1:$port
passed=0

# expect WHAT WANTED GOT
expect() {
  [ "$2" = "$3" ] || fail "$1: wanted $2, got $3"
  passed=$((passed + 1))
}

status() { curl -s -o /dev/null -w '%{http_code}' "$@"; }

# value SERIES: from the last scrape; 0 where it is not there.
value() { awk -v s="$1" 'substr($0, 1, length(s) + 1) == s " " { v = $NF } END { print v + 0 }' "$work/metrics"; }

# answered METHOD ROUTE STATUS
answered() { value "http_requests_total{method=\"$1\",route=\"$2\",status=\"$3\"}"; }

need_packages curl python3 python3-venv
port_free "127.0.0.1:$port" "set API_PORT"
"$top/integration/api/run.sh" --prepare
start api "$top/integration/api/run.sh" "$port" "$work/api.json"
wait_for "$url/health" 30 api

expect "quick" 200 "$(status "$url/")"
expect "slow" 200 "$(status "$url/slow?seconds=0.25")"
expect "a wait beyond the limit" 422 "$(status "$url/slow?seconds=11")"
expect "an error" 500 "$(status "$url/error")"
expect "an error of another kind" 503 "$(status "$url/error?status=503")"
expect "no error" 200 "$(status "$url/error?share=0")"
expect "a crash" 500 "$(status "$url/crash")"
expect "a path that nobody has" 404 "$(status "$url/nothing/$RANDOM")"
expect "a method that nobody has" 405 "$(status -X NONSENSE "$url/")"
expect "an account without a token" 401 "$(status "$url/account")"
expect "an account with a wrong token" 401 "$(status -H "Authorization: Bearer $RANDOM" "$url/account")"
json='Content-Type: application/json'
expect "a wrong password" 401 "$(status -H "$json" -d '{"user": "demo", "password": "wrong-secret"}' "$url/login")"
token=$(curl -s -H "$json" -d '{"user": "demo", "password": "demo-secret"}' "$url/login" |
  sed -n 's/.*"token":"\([^"]*\)".*/\1/p')
expect "an account" 200 "$(status -H "Authorization: Bearer $token" "$url/account")"

curl -sf "$url/metrics" >"$work/metrics"
expect "quick requests" 1 "$(answered GET / 200)"
expect "errors" 1 "$(answered GET /error 500)"
expect "errors of another kind" 1 "$(answered GET /error 503)"
expect "crashes, which count as errors too" 1 "$(answered GET /crash 500)"
expect "unknown paths share a series" 1 "$(answered GET none 404)"
expect "unknown methods share a series" 1 "$(answered other / 405)"
expect "logins" 1 "$(answered POST /login 200)"
expect "logins that failed" 1 "$(answered POST /login 401)"
bucket='http_response_time_seconds_bucket{le="%s",method="GET",route="/slow"}'
# shellcheck disable=SC2059
expect "slow ones within 200 ms: only that which was refused" 1 "$(value "$(printf "$bucket" 0.2)")"
# shellcheck disable=SC2059
expect "slow ones" 2 "$(value "$(printf "$bucket" 10.0)")"
expect "under way is the scrape itself" 1 "$(value http_requests_in_flight)"
type=$(curl -s -o /dev/null -w '%{content_type}' -H 'Accept: application/openmetrics-text; version=1.0.0' "$url/metrics")
expect "the format that was asked for" application/openmetrics-text "${type%%;*}"
if command -v promtool >/dev/null; then
  expect "what promtool finds" "" "$(promtool check metrics <"$work/metrics" 2>&1)"
fi

expect "lines that are no JSON" 0 "$(python3 -c '
import json, sys
print(sum(1 for line in open(sys.argv[1]) if not {"@timestamp", "log.level", "message"} <= json.loads(line).keys()))
' "$work/api.json")"
expect "lines with a password, a token or a query" 0 \
  "$(grep -c -e demo-secret -e wrong-secret -e "$token" -e 'seconds=' "$work/api.json" || true)"
expect "logins in the log" 1 "$(grep -c '"user_action".*"success"\|"success".*"user_action"' "$work/api.json")"

echo "$passed passed, 0 failed"
