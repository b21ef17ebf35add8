#!/bin/sh
# Stops the cluster profile so that nothing has to be repeated: first who takes readings, then who works on them,
# then Flink with a savepoint, then the servers. Data stays. Safe to repeat.
set -eu
cd "$(dirname "$0")/.."

compose() {
  docker compose -f docker-compose.yml -f docker-compose.observability.yml "$@"
}
running() {
  [ -n "$(compose ps --quiet --status running "$1" 2>/dev/null)" ]
}

# Each has 60 s to finish what it began (stop_grace_period).
compose stop ingestor
if running flink-jobmanager && running agent-server; then
  # Without a savepoint a job goes on from its newest checkpoint: the same results, read again from there.
  compose exec -T agent-server ./iai cluster stop --config /etc/iai/iai.yaml --data-dir /var/lib/iai/deploy ||
    echo "stop_all: no savepoints" >&2
fi
compose stop archiver agent-server console
compose stop
echo "stop_all: stopped; docker compose down removes the containers and keeps the data"
