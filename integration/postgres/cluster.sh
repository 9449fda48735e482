#!/usr/bin/env bash
# Starts PostgreSQL servers on this machine as a user would have them: a primary, a streaming standby with a slot, a
# cascading standby, a logical subscriber, and PgBouncer. From packages, where no Docker is needed.
#
#   cluster.sh up [OPTIONS]          starts them and prints a line for each: name, major, port, DSN of the exporter
#     --dir DIR                      where all is kept; must be new or empty (a temporary folder)
#     --major N                      13 to 18 (15)
#     --members NAME,NAME            of primary,standby,cascade,subscriber,pgbouncer (all of them)
#     --load                         also makes the tables of pgbench
#   cluster.sh status DIR            those lines, and whether each runs
#   cluster.sh load DIR [OPTIONS]    pgbench until it ends or is ended
#     --seconds N (30)   --rate N transactions a second (20)   --clients N sessions (4)
#     --slow                         with a tail of statements of 100 to 900 ms
#   cluster.sh programs DIR          the folder of the servers' own programs
#   cluster.sh psql DIR NAME ARGS    psql as the superuser on one of them
#   cluster.sh stop DIR NAME [MODE]  pg_ctl's modes: smart, fast (the default), immediate
#   cluster.sh start DIR NAME        again, on the same port
#   cluster.sh promote DIR NAME      a standby becomes a primary
#   cluster.sh down DIR              ends all, and removes DIR
#
# Environment: POSTGRES_SERVERS, a folder where servers that had to be downloaded are kept.
# All listen on 127.0.0.1 on ports that were free. Run as root, the servers run as user postgres. The exporter's role
# is `exporter`, its password `exporter-secret`, made by exporters/postgres/create-role.sql; superuser is `postgres`, by
# the socket in DIR only.

set -euo pipefail
# shellcheck source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
# shellcheck source=servers.sh
. "$(dirname "${BASH_SOURCE[0]}")/servers.sh"

export LC_ALL=C.UTF-8
role=exporter
password=exporter-secret

usage() { sed -n '2,/^$/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; }

# --- Who runs the servers

# PostgreSQL refuses to run as root.
as_owner() {
  if [ "$(id -u)" -eq 0 ]; then
    setpriv --reuid="$owner" --regid="$(id -g "$owner")" --clear-groups env HOME="$dir" "$@"
  else
    "$@"
  fi
}

find_owner() {
  owner=$(id -un)
  [ "$(id -u)" -eq 0 ] || return 0
  owner=postgres
  getent passwd "$owner" >/dev/null || owner=nobody
}

# What others read: members have a line "NAME PORT" in order of their start, and the major is one word.
open_folder() {
  dir=${1:?the folder that up printed is missing}
  [ -s "$dir/members" ] || fail "$dir is no folder of ours"
  dir=$(cd "$dir" && pwd)
  major=$(cat "$dir/major")
  find_owner
  bin=$(server_bin "$major")
}

port_of() { awk -v name="$1" '$1 == name { print $2 }' "$dir/members"; }

# The range from which the system takes ports for outgoing connections begins higher.
free_port() {
  local port
  while true; do
    port=$((20000 + RANDOM % 12000))
    if ! grep -qs " $port\$" "$dir/members" && ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      printf '%s\n' "$port"
      return
    fi
  done
}

# --- One server

superuser() {
  local name=$1
  shift
  as_owner "$bin/psql" -X -q -v ON_ERROR_STOP=1 -h "$dir" -p "$(port_of "$name")" -U postgres "$@"
}

# configure NAME PORT: what its postgresql.auto.conf does not say.
configure() {
  as_owner tee -a "$dir/$1/postgresql.conf" >/dev/null <<C
listen_addresses = '127.0.0.1'
port = $2
cluster_name = '$1'
unix_socket_directories = '$dir'
shared_buffers = 32MB
max_connections = 60
wal_level = logical
max_wal_senders = 10
max_replication_slots = 10
max_logical_replication_workers = 8
wal_keep_size = 64MB
wal_receiver_status_interval = 1s
wal_retrieve_retry_interval = 500ms
hot_standby_feedback = on
track_io_timing = on
log_line_prefix = '%m [%p] user=%u db=%d app=%a '
log_connections = on
fsync = off
C
}

common_library() {
  local library
  for library in "$bin/../lib" "$bin/../lib/postgresql" "$(as_owner "$bin/pg_config" --pkglibdir 2>/dev/null)"; do
    [ ! -e "$library/pg_stat_statements.so" ] || return 0
  done
  return 1
}

start_server() {
  as_owner "$bin/pg_ctl" -w -t 60 -D "$dir/$1" -l "$dir/$1.log" start >/dev/null ||
    fail "$1 does not start; the last of what it said:" "$(tail -n 5 "$dir/$1.log")"
}

# Makes a server with a data folder of its own, and starts it.
create_server() {
  local name=$1 port
  as_owner "$bin/initdb" -D "$dir/$name" -U postgres -A trust -E UTF8 --no-sync --data-checksums >"$work/initdb.log" ||
    fail "initdb failed" "$(tail -n 5 "$work/initdb.log")"
  port=$(free_port)
  configure "$name" "$port"
  if common_library; then
    as_owner tee -a "$dir/$name/postgresql.conf" >/dev/null <<<"shared_preload_libraries = 'pg_stat_statements'"
  fi
  # Who comes by TCP needs a password, as it is with users.
  as_owner tee "$dir/$name/pg_hba.conf" >/dev/null <<H
local all         postgres              trust
local replication postgres              trust
host  replication all      127.0.0.1/32 scram-sha-256
host  all         all      127.0.0.1/32 scram-sha-256
H
  as_owner tee -a "$dir/$name/postgresql.conf" >/dev/null <<<"password_encryption = 'scram-sha-256'"
  printf '%s %s\n' "$name" "$port" >>"$dir/members"
  start_server "$name"
  ! common_library || superuser "$name" -d template1 -c 'create extension pg_stat_statements'
  superuser "$name" -d postgres -c "create role replicator login replication password 'replicator-secret'" \
    -c "create role app login password 'app-secret'" -c "create database app owner app"
  superuser "$name" -d app -v role="$role" -v password="$password" -f "$top/exporters/postgres/create-role.sql" >/dev/null
}

# create_standby NAME OF: streams from OF by a slot that has the standby's name.
create_standby() {
  local name=$1 of=$2 port
  superuser "$of" -d postgres -c "select pg_create_physical_replication_slot('$name', true)" >/dev/null
  as_owner "$bin/pg_basebackup" -D "$dir/$name" -c fast -X stream -S "$name" --no-sync \
    -d "host=127.0.0.1 port=$(port_of "$of") user=replicator password=replicator-secret" ||
    fail "$name can't be copied from $of"
  port=$(free_port)
  configure "$name" "$port"
  as_owner tee -a "$dir/$name/postgresql.conf" >/dev/null <<C
primary_slot_name = '$name'
primary_conninfo = 'host=127.0.0.1 port=$(port_of "$of") user=replicator password=replicator-secret application_name=$name'
C
  as_owner touch "$dir/$name/standby.signal"
  printf '%s %s\n' "$name" "$port" >>"$dir/members"
  start_server "$name"
}

# --- The members

create_primary() {
  create_server primary
  superuser primary -d app -c 'create table items (id bigint generated always as identity primary key, name text)' \
    -c 'create publication items_of_app for table items' -c 'grant select on items to replicator'
}

create_cascade() { create_standby cascade standby; }

create_subscriber() {
  create_server subscriber
  superuser subscriber -d app -c 'create table items (id bigint primary key, name text)' \
    -c 'set client_min_messages = warning' -c "create subscription items_from_primary
        connection 'host=127.0.0.1 port=$(port_of primary) dbname=app user=replicator password=replicator-secret'
        publication items_of_app"
}

# In transaction mode: one that is hardest for clients. The exporter may also ask PgBouncer itself for its numbers.
create_pgbouncer() {
  local port
  if [ ! -x /usr/sbin/pgbouncer ]; then need_daemons pgbouncer; fi
  port=$(free_port)
  as_owner tee "$dir/userlist.txt" >/dev/null <<<"\"$role\" \"$password\""
  as_owner tee "$dir/pgbouncer.ini" >/dev/null <<C
[databases]
* = host=127.0.0.1 port=$(port_of primary)
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = $port
unix_socket_dir =
auth_type = scram-sha-256
auth_file = $dir/userlist.txt
stats_users = $role
pool_mode = transaction
max_client_conn = 50
default_pool_size = 5
pidfile = $dir/pgbouncer.pid
logfile = $dir/pgbouncer.log
C
  printf '%s %s\n' pgbouncer "$port" >>"$dir/members"
  start_pgbouncer
}

start_pgbouncer() {
  local end=$((SECONDS + 10))
  as_owner /usr/sbin/pgbouncer -q -d "$dir/pgbouncer.ini" || fail "pgbouncer does not start" "$(tail -n 5 "$dir/pgbouncer.log")"
  until [ -s "$dir/pgbouncer.pid" ]; do
    [ $SECONDS -lt $end ] || fail "pgbouncer does not start" "$(tail -n 5 "$dir/pgbouncer.log")"
    sleep 0.05
  done
}

pid_file() { if [ "$1" = pgbouncer ]; then printf '%s' "$dir/pgbouncer.pid"; else printf '%s' "$dir/$1/postmaster.pid"; fi; }

is_up() {
  local pid
  pid=$(head -n 1 "$(pid_file "$1")" 2>/dev/null) || return 1
  [ -n "$pid" ] && [ -d "/proc/$pid" ]
}

stop_member() {
  local end=$((SECONDS + 10)) pid
  is_up "$1" || return 0
  if [ "$1" = pgbouncer ]; then
    pid=$(cat "$dir/pgbouncer.pid")
    kill -TERM "$pid"
    while [ -d "/proc/$pid" ] && [ $SECONDS -lt $end ]; do sleep 0.05; done
  else
    as_owner "$bin/pg_ctl" -w -t 30 -m "${2:-fast}" -D "$dir/$1" stop >/dev/null
  fi
}

# --- Commands

member_line() {
  local name=$1 port=$2 state=down
  ! is_up "$name" || state=up
  printf '%-10s %-3s %-5s %-4s %s\n' "$name" "$major" "$port" "$state" \
    "postgresql://$role:$password@127.0.0.1:$port/app?sslmode=disable"
}

status() {
  local name port
  open_folder "$1"
  while read -r name port; do member_line "$name" "$port"; done <"$dir/members"
}

up() {
  local members=primary,standby,cascade,subscriber,pgbouncer load=false member
  major=15 dir=
  while [ $# -gt 0 ]; do
    case $1 in
      --dir) dir=$2; shift ;;
      --major) major=$2; shift ;;
      --members) members=$2; shift ;;
      --load) load=true ;;
      *) fail "unknown option $1" "./integration/postgres/cluster.sh --help" ;;
    esac
    shift
  done
  for member in ${members//,/ }; do
    declare -F "create_$member" >/dev/null || [ "$member" = standby ] || fail "there is no member $member"
  done
  bin=$(server_bin "$major")
  find_owner
  [ -n "$dir" ] || dir=$(mktemp -d "${TMPDIR:-/tmp}/postgres.XXXXXX")
  mkdir -p "$dir"
  [ -z "$(ls -A "$dir")" ] || fail "$dir is not empty"
  dir=$(cd "$dir" && pwd)
  if [ "$(id -u)" -eq 0 ]; then chown "$owner" "$dir"; fi
  printf '%s\n' "$major" >"$dir/major"
  : >"$dir/members"
  is_complete=false
  for member in ${members//,/ }; do
    if [ "$member" = standby ]; then create_standby standby primary; else "create_$member"; fi
  done
  ! $load || create_load
  is_complete=true
  say "folder: $dir"
  status "$dir"
}

# A start that failed half-way leaves nothing behind.
at_end() { [ "${is_complete:-true}" = true ] || remove_all; }

remove_all() {
  local name
  while read -r name _; do stop_member "$name" fast || stop_member "$name" immediate || true; done < <(tac "$dir/members")
  rm -rf "$dir"
}

create_load() {
  as_owner env PGPASSWORD=app-secret "$bin/pgbench" -i -q -s 1 -h 127.0.0.1 -p "$(port_of primary)" -U app app >"$work/pgbench.log" 2>&1 ||
    fail "pgbench can't make its tables" "$(tail -n 3 "$work/pgbench.log")"
}

load() {
  local seconds=30 rate=20 clients=4 slow=()
  open_folder "$1"
  shift
  while [ $# -gt 0 ]; do
    case $1 in
      --seconds) seconds=$2; shift ;;
      --rate) rate=$2; shift ;;
      --clients) clients=$2; shift ;;
      --slow) slow=(-f "$work/slow.sql@1") ;;
      *) fail "unknown option $1" ;;
    esac
    shift
  done
  cp "$top/integration/postgres/slow.sql" "$work/"
  chmod -R go+rX "$work"
  [ -n "$(superuser primary -d app -Atc "select to_regclass('pgbench_accounts')")" ] || create_load
  start pgbench as_owner env PGPASSWORD=app-secret "$bin/pgbench" -n -c "$clients" -T "$seconds" -R "$rate" \
    -b tpcb-like@9 "${slow[@]}" -h 127.0.0.1 -p "$(port_of primary)" -U app app
  wait "$(pid_of pgbench)" || fail "pgbench has ended" "$(tail -n 5 "$work/pgbench.log")"
  grep -E 'processed|tps|latency average' "$work/pgbench.log" || true
}

case ${1:---help} in
  up) shift; up "$@" ;;
  status) status "${2:-}" ;;
  load) shift; load "$@" ;;
  psql)
    open_folder "${2:-}"
    name=${3:?which server?}
    shift 3
    superuser "$name" "$@"
    ;;
  start)
    open_folder "${2:-}"
    if [ "${3:?which server?}" = pgbouncer ]; then start_pgbouncer; else start_server "$3"; fi
    ;;
  stop) open_folder "${2:-}"; stop_member "${3:?which server?}" "${4:-fast}" ;;
  programs) open_folder "${2:-}"; printf '%s\n' "$bin" ;;
  promote) open_folder "${2:-}"; as_owner "$bin/pg_ctl" -w -D "$dir/${3:?which server?}" promote >/dev/null ;;
  down) open_folder "${2:-}"; remove_all ;;
  --help | -h) usage ;;
  *) fail "unknown command $1" "./integration/postgres/cluster.sh --help" ;;
esac
