#!/usr/bin/env bash
# Runs the example API on 127.0.0.1, in a virtual environment with what requirements.txt names, from PyPI.
#
#   ./integration/api/run.sh PORT [LOGFILE]
#   ./integration/api/run.sh --prepare       only makes the environment, in .build/api-venv, if it is not there yet
#
# Needs Python 3.10 or newer with venv (Debian: python3-venv).

set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
environment=$here/../../.build/api-venv

# Made aside and put in place whole, so that one that was broken off is never used; made anew when the list changes.
prepare() {
  cmp -s "$here/requirements.txt" "$environment/requirements.txt" && return
  mkdir -p "$here/../../.build"
  rm -rf "$environment"
  python3 -m venv "$environment"
  "$environment/bin/pip" install --quiet --disable-pip-version-check --requirement "$here/requirements.txt"
  cp "$here/requirements.txt" "$environment/"
}

case ${1:-} in
  --prepare) prepare ;;
  '' | --help | -h) sed -n '2,/^$/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" ;;
  *)
    prepare
    exec "$environment/bin/python" "$here/api.py" "$@"
    ;;
esac
