#!/usr/bin/env bash
# The command of a standby in compose.yaml: copies the primary unless it has a copy, and follows it by its slot.
set -euo pipefail

primary="host=127.0.0.1 port=$PRIMARY_PORT user=replicator password=replicator-secret application_name=standby"
while [ ! -e "$PGDATA/standby.signal" ]; do
  # Written elsewhere first, so that a copy that was cut short is never taken for a whole one.
  rm -rf "$PGDATA.part"
  if pg_basebackup -D "$PGDATA.part" -c fast -X stream -S standby -R -d "$primary"; then
    mv "$PGDATA.part" "$PGDATA"
  else
    sleep 1
  fi
done
exec postgres "$@"
