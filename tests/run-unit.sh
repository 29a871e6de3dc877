#!/bin/sh
# Runs unit test programs and sums what they say: run-unit.sh PROGRAM...
#
# Prints Check's closing line of each program, all output of those that fail, the slowest first three,
# and at the end "N passed, N failed". A program that ends without a closing line counts as a failure,
# and so does a run without a single test.
set -u
[ $# -gt 0 ] || { echo "run-unit: no test programs"; echo "0 passed, 1 failed"; exit 1; }
out=$(mktemp -d)
export LSAN_OPTIONS="suppressions=$(dirname "$0")/leaks.supp:print_suppressions=0${LSAN_OPTIONS:+:$LSAN_OPTIONS}"
trap 'rm -rf "$out"' EXIT

# Each program runs by itself, with a limit, its output in a file of its own.
export out
printf '%s\n' "$@" | xargs -P "$(nproc)" -I{} sh -c '
    name=$(echo "$1" | tr / _) begin=$(date +%s%N)
    timeout 120 "$1" > "$out/$name.log" 2>&1
    echo "$? $(( ($(date +%s%N) - begin) / 1000000 )) $1" > "$out/$name.end"' _ {}

for end in "$out"/*.end; do
    read -r rc ms program < "$end"
    log=${end%.end}.log
    line=$(grep -E '^[0-9]+%: Checks: [0-9]+, Failures: [0-9]+, Errors: [0-9]+' "$log" | tail -1)
    echo "$ms $program" >> "$out/times"
    if [ "$rc" -eq 0 ] && [ -n "$line" ]; then
        echo "$line  ${program#build/*/}"
    else
        cat "$log"
        echo "FAILED (exit $rc): $program"
    fi
    echo "$rc ${line:-0%: Checks: 0, Failures: 0, Errors: 0}" >> "$out/sums"
done

sort -rn "$out/times" | head -3 | awk '{ printf "slowest: %d ms %s\n", $1, $2 }'
awk '{ checks = $4 + 0; bad = $6 + $8; if ($1 != 0 && bad == 0) bad = 1
       total += checks; failed += bad; passed += (checks > bad ? checks - bad : 0) }
     END { if (total == 0 && failed == 0) failed = 1
           printf "%d passed, %d failed\n", passed, failed; exit failed != 0 }' "$out/sums"
