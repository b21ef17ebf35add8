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
if running flink-jobmanager; then
  jobs=$(compose exec -T flink-jobmanager flink list --running 2>/dev/null |
    sed -n 's/^.* : \([0-9a-f]\{32\}\) : .*$/\1/p')
  for job in $jobs; do
    # Without a savepoint a job goes on from its newest checkpoint: the same results, read again from there.
    compose exec -T flink-jobmanager flink stop --savepointPath file:///var/lib/flink/savepoints "$job" ||
      echo "stop_all: no savepoint of job $job" >&2
  done
fi
compose stop archiver agent-server console
compose stop
echo "stop_all: stopped; docker compose down removes the containers and keeps the data"
