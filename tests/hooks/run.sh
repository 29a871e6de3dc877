#!/bin/sh
# Stripe's own client verifies one of our notifications: run.sh (npm ci needs a registry once)
set -eu
cd "$(dirname "$0")"
if [ ! -d node_modules ] && ! npm ci --no-audit --no-fund --silent > /dev/null 2>&1; then
    echo "SKIPPED: the npm registry cannot be reached"
    exit 0
fi
event=$(mktemp)
trap 'rm -f "$event"' EXIT
python3 event.py "$event"
node verify.mjs "$event"
