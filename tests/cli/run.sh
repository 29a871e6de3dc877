#!/bin/sh
# Runs scenarios of the command line against the real binary: run.sh BINARY [SCENARIO...]
#
# Each scenario runs in a directory of its own, with an empty data directory and no server. Ends with
# "N passed, N failed"; a scenario that checks nothing or stops early counts as a failure.
set -u
here=$(cd "$(dirname "$0")" && pwd)
sleuth=$(realpath "$1")
shift
[ $# -gt 0 ] || set -- "$here"/test_*.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0
for scenario in "$@"; do
    name=$(basename "$scenario" .sh)
    path=$(realpath "$scenario")
    mkdir "$work/$name"
    (
        cd "$work/$name" || exit 2
        unset LC_ALL LC_MESSAGES NO_COLOR COLUMNS
        LANG=C.UTF-8 SLEUTH=$sleuth ROOT=$(dirname "$(dirname "$here")") \
            timeout 120 sh "$here/lib.sh" "$path"
    ) > "$work/$name.log" 2>&1
    rc=$?
    good=$(grep -c '^ok ' "$work/$name.log")
    bad=$(grep -c '^not ok ' "$work/$name.log")
    if [ "$rc" -ne 0 ] || [ "$bad" -gt 0 ] || [ "$good" -eq 0 ]; then
        grep -v '^ok ' "$work/$name.log"
        [ "$bad" -gt 0 ] || bad=1
        echo "FAILED (exit $rc): $name"
    else
        echo "$good checks  $name"
    fi
    passed=$((passed + good)) failed=$((failed + bad))
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
