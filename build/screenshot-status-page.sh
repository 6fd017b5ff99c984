#!/usr/bin/env bash
# A picture of the status page for the documents, from a running server:
#   build/screenshot-status-page.sh http://127.0.0.1:5080/jobs/ID docs/status-page.png [dark]
# Needs Chromium. The job must have ended: while it runs, the page streams on and Chromium waits for its end.
set -euo pipefail
if (($# < 2)); then
  sed -n '2,4s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi

profile=$(mktemp -d)
trap 'rm -rf "$profile"' EXIT
flags=(--headless --no-sandbox --disable-gpu --disable-dev-shm-usage --disable-quic --no-first-run --disable-background-networking
  --disable-component-update --disable-sync --hide-scrollbars --force-device-scale-factor=1 --window-size=1280,1700 --virtual-time-budget=8000 "--user-data-dir=$profile")
if [ "${3:-light}" = dark ]; then
  flags+=(--force-dark-mode --blink-settings=preferredColorScheme=0)
fi
"$(command -v chromium || command -v chromium-browser || command -v google-chrome)" "${flags[@]}" "--screenshot=$(realpath -m "$2")" "$1" 2>/dev/null
test -s "$2"
