# shellcheck shell=bash
# What the scripts here share. Not run but read: . "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
#
# say TEXT                      a line of progress, on standard error
# fail TEXT...                  a line each on standard error, then exit 1
# need_packages NAME...         Debian packages: installs those that are missing, or says how
# need_daemons NAME...          the same for packages with a service, which is kept from starting now and at boot
# need_swift                    a Swift that can build this package
# port_free HOST:PORT CHANGE    fails when somebody listens there; CHANGE says what to set to use another port
# wait_for URL SECONDS NAME     until URL answers 200; fails when NAME, once started, has ended
# start NAME COMMAND...         runs it behind the script, output in $work/NAME.log
# stop_all                      ends what start started, last first; a trap at the script's end calls it
# at_end STATUS                 a script may have this function; it is called at the end, before the folder is removed
#
# After reading, $top is the repository, $work a folder that is removed at the end.

# shellcheck disable=SC2034  # for those who read this
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/exporters.XXXXXX")
declare -a started_names=() started_pids=()

say() { printf '%s\n' "$*" >&2; }

fail() {
  printf 'error: %s\n' "$1" >&2
  [ $# -lt 2 ] || printf '  %s\n' "${@:2}" >&2
  exit 1
}

# --- Packages

missing_packages() {
  local name
  for name in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || printf '%s\n' "$name"
  done
}

# as_root COMMAND...: with root's rights, if they can be had without asking for a password.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}

can_be_root() { [ "$(id -u)" -eq 0 ] || sudo -n true 2>/dev/null; }

need_packages() {
  local -a missing
  command -v dpkg-query >/dev/null || {
    say "not a Debian or Ubuntu: make sure that you have what these packages hold: $*"
    return
  }
  mapfile -t missing < <(missing_packages "$@")
  [ ${#missing[@]} -gt 0 ] || return 0
  if ! command -v apt-get >/dev/null || ! can_be_root; then
    fail "packages are missing; install them, then run this again:" \
      "sudo apt-get install -y --no-install-recommends ${missing[*]}"
  fi
  say "installing ${missing[*]}"
  install_packages "${missing[@]}" || fail "apt-get could not install ${missing[*]}; its output is above"
}

# Quiet while all goes well; what apt-get said is shown when it does not.
install_packages() {
  local log=$work/apt.log
  apt_install "$@" >"$log" 2>&1 && return
  # The list of packages may be old, or was never fetched.
  as_root apt-get update >>"$log" 2>&1 || true
  apt_install "$@" >>"$log" 2>&1 && return
  cat "$log" >&2
  return 1
}

apt_install() { as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@"; }

# Debian starts a service when its package is installed, and at each boot from then on. Whoever runs a script of ours
# did not ask for that, and our own copy would find its port taken.
need_daemons() {
  local -a missing
  local policy=/usr/sbin/policy-rc.d name unit result=0
  mapfile -t missing < <(missing_packages "$@")
  [ ${#missing[@]} -gt 0 ] || return 0
  if ! can_be_root || [ -e "$policy" ]; then
    need_packages "${missing[@]}"
  else
    # 101 is "not allowed to start", the answer that package scripts ask this file for.
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod 755 "$policy"
    (need_packages "${missing[@]}") || result=$?
    as_root rm -f "$policy"
    [ "$result" -eq 0 ] || exit "$result"
  fi
  [ -d /run/systemd/system ] || return 0
  for name in "${missing[@]}"; do
    while read -r unit; do
      as_root systemctl disable --now "$(basename "$unit")" >/dev/null 2>&1 || true
    done < <(dpkg -L "$name" | grep -E '/systemd/system/[^@/]+\.(service|timer)$')
  done
}

need_swift() {
  local where=https://www.swift.org/install/linux/ version major minor
  command -v swift >/dev/null || fail "swift is not on the PATH; Swift 6.2 or newer is needed" "$where"
  version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9][0-9.]*\).*/\1/p' | head -n 1)
  IFS=. read -r major minor _ <<<"$version"
  if [ "${major:-0}" -lt 6 ] || { [ "$major" -eq 6 ] && [ "${minor:-0}" -lt 2 ]; }; then
    fail "Swift 6.2 or newer is needed; $(command -v swift) is ${version:-of unknown version}" "$where"
  fi
  say "Swift $version"
}

# find_binary PRODUCT PACKAGE...: sets `binary` to a program as it is shipped. It is built, with these packages beside those
# that all need, unless PRODUCT_BIN names one.
find_binary() {
  local variable=${1//-/_}_BIN
  variable=${variable^^}
  binary=${!variable:-}
  [ -z "$binary" ] || return 0
  need_packages libisal-dev libpcre2-dev libyaml-dev libcrypt-dev "${@:2}"
  need_swift
  cd "$top" || return
  swift build -c release --static-swift-stdlib --product "$1" >&2
  binary=$(swift build -c release --static-swift-stdlib --show-bin-path)/$1
}

# --- Ports and processes

port_free() {
  local host=${1%:*} port=${1##*:}
  # A connection that is accepted is somebody who listens.
  if (exec 3<>"/dev/tcp/$host/$port") 2>/dev/null; then
    fail "$1 is in use" "$2" "who has it: ss -ltnp 'sport = :$port'"
  fi
}

wait_for() {
  local url=$1 end=$((SECONDS + $2)) name=$3
  until curl -sf -o /dev/null --max-time 2 "$url"; do
    is_running "$name" || fail "$name has ended; the last of what it said:" "$(tail -n 5 "$work/$name.log")"
    [ $SECONDS -lt $end ] || fail "$name does not answer at $url after $2 s; the last of what it said:" \
      "$(tail -n 5 "$work/$name.log")"
    sleep 0.1
  done
}

start() {
  local name=$1
  shift
  "$@" >"$work/$name.log" 2>&1 &
  started_names+=("$name")
  started_pids+=($!)
}

# pid_of NAME: of the one that was started last under this name.
pid_of() {
  local i
  for ((i = ${#started_names[@]} - 1; i >= 0; i--)); do
    [ "${started_names[i]}" = "$1" ] && printf '%s\n' "${started_pids[i]}" && return
  done
  return 1
}

# What was never started here counts as running: somebody else sees to it.
is_running() {
  local pid
  pid=$(pid_of "$1") || return 0
  is_child "$pid"
}

# Asked of the shell and not of the system, where the number may belong to another process by now.
is_child() { [[ $'\n'$(jobs -pr)$'\n' == *$'\n'$1$'\n'* ]]; }

stop_all() {
  local i pid end
  for ((i = ${#started_pids[@]} - 1; i >= 0; i--)); do
    pid=${started_pids[i]}
    is_child "$pid" || continue
    kill -TERM "$pid" 2>/dev/null || true
    end=$((SECONDS + 5))
    while is_child "$pid" && [ $SECONDS -lt $end ]; do sleep 0.05; done
    if is_child "$pid"; then
      say "${started_names[i]} did not stop within 5 s and is killed"
      kill -KILL "$pid" 2>/dev/null || true
    fi
    wait "$pid" 2>/dev/null || true
  done
  started_names=() started_pids=()
}

finish() {
  local status=$?
  trap - EXIT INT TERM
  stop_all
  ! declare -F at_end >/dev/null || at_end "$status"
  rm -rf "$work"
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
