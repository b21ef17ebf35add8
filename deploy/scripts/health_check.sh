#!/bin/sh
# Says what is not well; exit 0: everything is. With docker-compose.yml running it looks at every container, else at
# the one IAI of this machine.
set -eu
cd "$(dirname "$0")/.."

bad=0
say() { printf '%-20s %s\n' "$1" "$2"; }

if command -v docker >/dev/null 2>&1 && [ -n "$(docker compose -f docker-compose.yml ps --quiet 2>/dev/null || true)" ]; then
  for service in $(docker compose -f docker-compose.yml config --services); do
    # One-shot services end, and end well.
    state=$(docker compose -f docker-compose.yml ps --all --format '{{.State}} {{.Health}} {{.ExitCode}}' "$service")
    case "$state" in
      "running healthy "*) say "$service" ok ;;
      "exited  0" | "exited 0") say "$service" "done" ;;
      "") say "$service" "NOT THERE"; bad=1 ;;
      *) say "$service" "NOT WELL: $state"; bad=1 ;;
    esac
  done
else
  ../iai health ${IAI_DATA_DIR:+--data-dir "$IAI_DATA_DIR"} || bad=1
fi

# A disk that is nearly full stops ingest before it is full.
for place in "${IAI_DATA_DIR:-.}" /var/lib/docker; do
  [ -d "$place" ] || continue
  used=$(df -P "$place" | awk 'NR == 2 { sub("%", "", $5); print $5 }')
  if [ "$used" -ge 90 ]; then say "disk $place" "NOT WELL: $used % used"; bad=1; fi
done
exit "$bad"
