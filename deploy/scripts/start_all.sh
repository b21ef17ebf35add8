#!/bin/sh
# Starts the cluster profile of docker-compose.yml and waits until everything is healthy. Safe to repeat.
set -eu
cd "$(dirname "$0")/.."

./scripts/make_secrets.sh

compose() {
  if [ "${IAI_WITHOUT_OBSERVABILITY:-0}" = 1 ]; then
    docker compose -f docker-compose.yml "$@"
  else
    docker compose -f docker-compose.yml -f docker-compose.observability.yml "$@"
  fi
}
wait_s=${IAI_START_WAIT_S:-300}

echo "start_all: servers"
compose up --detach --wait --wait-timeout "$wait_s" \
  kafka flink-jobmanager flink-taskmanager influxdb mysql redis nacos

# Nacos has no first password; once it has one, this is refused and changes nothing.
sed -n 's/^NACOS_PASSWORD=//p' .env | tr -d '\n' |
  compose exec -T nacos curl -sS -o /dev/null -d username=nacos --data-urlencode "password@-" \
    http://127.0.0.1:8848/nacos/v1/auth/users/admin

echo "start_all: roles"
compose up --detach --wait --wait-timeout "$wait_s" ingestor archiver agent-server console

echo "start_all: the reader of the dashboards"
# shellcheck disable=SC2016 # the variable is the container's
{
  printf "SET @grafana_password = '%s';\n" "$(sed -n 's/^GRAFANA_MYSQL_PASSWORD=//p' .env)"
  cat mysql/grafana-reader.sql
} | compose exec -T mysql sh -c 'MYSQL_PWD="$MYSQL_ROOT_PASSWORD" exec mysql --user=root'

echo "start_all: the jobs in Flink"
# In a folder of its own: the role holds that of its container.
compose exec -T agent-server ./iai cluster deploy --config /etc/iai/iai.yaml --data-dir /var/lib/iai/deploy

if [ "${IAI_WITHOUT_OBSERVABILITY:-0}" != 1 ] && [ ! -s prometheus/secrets/iai-metrics-key ]; then
  echo "start_all: a key for /metrics"
  compose exec -T agent-server ./iai key create --name prometheus --role viewer --json |
    sed -n 's/.*"key":"\([^"]*\)".*/\1/p' > prometheus/secrets/iai-metrics-key
fi

compose up --detach --wait --wait-timeout "$wait_s"
./scripts/health_check.sh
echo "start_all: console http://127.0.0.1:3001, API http://127.0.0.1:8000, ingest http://127.0.0.1:8001, Grafana http://127.0.0.1:3000"
