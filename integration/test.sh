#!/usr/bin/env bash
# Installs what the tests need, builds, and runs all of them: unit tests, golden files, fuzzing, and tests that run the
# built binary against real clients.
#
#   ./integration/test.sh                        all
#   ./integration/test.sh --filter GoldenTests   some; arguments and environment go to `swift test` as they are
#   ./integration/test.sh --packages             installs what is needed, and no more
# RECORD=1 records golden files anew; that run fails on purpose, so that somebody looks at them.

set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# What is built against, and the programs that tests use. An exporter adds what its tests need to one of the two.
packages=(
  zlib1g-dev libisal-dev libpcre2-dev libyaml-dev libcrypt-dev libpq-dev libcurl4-openssl-dev libssl-dev libbrotli-dev
  chromium curl golang-go iproute2 openssl procps protobuf-compiler python3 util-linux
)
# These have a service, which is kept from starting.
daemons=(
  prometheus nginx postgresql pgbouncer
)

say "== packages: ${packages[*]} ${daemons[*]}"
need_packages "${packages[@]}"
need_daemons "${daemons[@]}"
[ "${1:-}" != --packages ] || exit 0

say "== toolchain"
need_swift
cd "$top"

say "== build, with the tests"
swift build --build-tests

# One at a time: tests of deadlines and of servers would wait for the fuzzing that fills the processors meanwhile.
say "== test"
swift test --skip-build --no-parallel "$@" 2>&1 | tee "$work/tests.log" || {
  # What failed is thousands of lines up.
  say "== failed"
  grep -E '^.{0,4}✘' "$work/tests.log" >&2 || true
  exit 1
}
