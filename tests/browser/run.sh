#!/bin/sh
# Runs one of the browser's scripts: run.sh SCRIPT. Says SKIPPED and why where the machine lacks something.
set -u
cd "$(dirname "$0")/../.." || exit 2
skip() { echo "SKIPPED: $1"; exit 0; }
command -v node > /dev/null || skip "no node"
command -v "${CHROMIUM:-chromium}" > /dev/null || skip "no chromium (apt-get install chromium)"
[ -d tests/browser/node_modules ] || npm ci --prefix tests/browser --no-audit --no-fund || skip "npm's registry cannot be reached"
exec timeout 3600 node "tests/browser/$1"
