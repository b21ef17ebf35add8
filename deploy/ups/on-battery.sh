#!/bin/sh
# Called by upssched with the name of what happened. Stops IAI cleanly while there is still power, so that the next
# start has nothing to read again, and starts it when power is back. A power cut without it loses nothing that was
# acknowledged; it only makes the next start longer.
set -eu

case "${1:-}" in
  on-battery | low-battery)
    logger -t iai-ups "$1: stopping IAI"
    if [ -f /etc/systemd/system/iai.service ]; then
      systemctl stop iai.service
    else
      /opt/iai/deploy/scripts/stop_all.sh
    fi
    ;;
  on-line)
    # The machine stayed up: go on. After a shutdown the units start by themselves.
    logger -t iai-ups "power is back: starting IAI"
    if [ -f /etc/systemd/system/iai.service ]; then
      systemctl start iai.service
    else
      /opt/iai/deploy/scripts/start_all.sh
    fi
    ;;
  *)
    echo "on-battery.sh: on-battery, low-battery or on-line, not \"${1:-}\"" >&2
    exit 2
    ;;
esac
