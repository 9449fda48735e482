#!/usr/bin/env bash
# Runs once in a new primary or subscriber of compose.yaml, where the image looks for such scripts: what
# cluster.sh makes of a new server.
set -euo pipefail

run() { psql -X -q -v ON_ERROR_STOP=1 -U postgres "$@"; }

echo "host replication replicator 127.0.0.1/32 scram-sha-256" >>"$PGDATA/pg_hba.conf"
run -d app -c "create role replicator login replication password 'replicator-secret'" \
  -c 'create extension pg_stat_statements'
run -d app -v role=exporter -v password=exporter-secret -f /integration/create-role.sql
if [ -z "${PUBLISHER_PORT:-}" ]; then
  run -d app -c 'create table items (id bigint generated always as identity primary key, name text)' \
    -c 'create publication items_of_app for table items' -c 'grant select on items to replicator' \
    -c "select pg_create_physical_replication_slot('standby', true)"
else
  run -d app -c 'create table items (id bigint primary key, name text)'
  publisher="host=127.0.0.1 port=$PUBLISHER_PORT dbname=app user=replicator password=replicator-secret"
  # The primary may be on its way still; each try is whole or nothing.
  until run -d app -c "create subscription items_from_primary connection '$publisher' publication items_of_app"; do
    sleep 1
  done
fi
