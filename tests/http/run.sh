#!/bin/sh
# Scenarios against the real binary, each with a server of its own on a free port: run.sh [NAME…]
set -u
cd "$(dirname "$0")/../.."
export SLEUTH="${SLEUTH:-$PWD/build/release/sleuth}"
[ $# -gt 0 ] || set -- tests/http/test_*
bad=0
for scenario; do
    echo "== $(basename "$scenario")"
    case $scenario in
    *.py) timeout 300 python3 "$scenario" || bad=1 ;;
    *) timeout 300 sh "$scenario" || bad=1 ;;
    esac
done
exit $bad
